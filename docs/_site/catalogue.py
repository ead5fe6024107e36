def write(to):
    pass


def pages():
    return []
