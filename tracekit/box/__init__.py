"""The box: SQL of others runs over a lake in here, and can read what it is given and do nothing else.

Three walls stand one behind the other. The parse tree of the statement may hold reading nodes only (``statement``). The engine may open the
files that it is given and no others (``walls``). And where the statement runs in a process of its own (``run``), the system lets that
process write no file at all (``system``) and it is killed when its time is up.
"""
