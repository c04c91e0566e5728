"""receive_inbound_event"""
