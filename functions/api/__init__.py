"""The API's description of itself: what every operation takes and answers, as OpenAPI, and pages to read it."""
