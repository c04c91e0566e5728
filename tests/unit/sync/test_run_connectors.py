"""run_connectors"""
