"""get_source"""
