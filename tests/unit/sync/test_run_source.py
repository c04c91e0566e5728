"""run_source"""
