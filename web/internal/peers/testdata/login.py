# Copyright (c) 2026 The Torsion authors
# SPDX-License-Identifier: MIT
"""A site with a login, by Flask: login.py PORT"""

import sys

from flask import Flask, redirect, request, session

app = Flask(__name__)
app.secret_key = "of tests"
app.config["SESSION_COOKIE_SAMESITE"] = "Lax"


@app.route("/private")
def private():
    if "user" not in session:
        return redirect("/login")
    session["visits"] = session.get("visits", 0) + 1
    return f"hello {session['user']}, visit {session['visits']}"


@app.route("/login", methods=["GET", "POST"])
def login():
    if request.method == "GET":
        return "who is there?"
    if request.form["password"] != "secret":
        return "no", 403
    session["user"] = request.form["user"]
    return redirect("/private", 303)


@app.route("/logout", methods=["POST"])
def logout():
    session.clear()
    return redirect("/private", 303)


app.run("127.0.0.1", int(sys.argv[1]), threaded=True)
