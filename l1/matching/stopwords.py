"""Words that say nothing about a problem, in the form in which `l1.domain.words` gives them."""

STOPWORDS = frozenset(
    """
    a about after again all also am an and any are as at be been before but by can cannot could did do doe doesnt
    dont down ever for from get getting got had has have having he her here hi him his how i if im in into is it its
    ive just know let like make me more my need no not now of off on once one only or other our out over please re
    same say see she since so some still such than that the their them then there these they thi those to too
    try trying u up us use using very want was way we well were what when where which while who why will with
    wont would yes yet you your
    """.split()  # noqa: SIM905 - as a list, they would fill a hundred lines
)
