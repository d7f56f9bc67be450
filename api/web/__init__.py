"""What every resource needs of HTTP.

`observation` (`request_id`, `access_log`, `security_headers`) sees each request; `problems` (`problem_types`,
`error_answers`) says what was wrong with one; the others are parts of a request or of an answer, each named for its part.
"""
