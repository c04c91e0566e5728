"""start_connectors"""
