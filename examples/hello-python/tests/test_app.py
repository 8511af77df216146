import unittest

import app


class GreetingTest(unittest.TestCase):
    def test_it_greets(self):
        self.assertRegex(app.GREETING, r"^\w+ from Python$")
