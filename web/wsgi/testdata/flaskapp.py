from flask import Flask, request, session

app = Flask(__name__)
app.secret_key = "for the test only"


@app.route("/")
def index():
    session["seen"] = session.get("seen", 0) + 1
    return "seen %d at %s" % (session["seen"], request.url)


@app.route("/upload", methods=["POST"])
def upload():
    f = request.files["file"]
    return "%s %s %d bytes, %s" % (f.filename, f.content_type, len(f.read()), request.form["name"])


@app.route("/fail")
def fail():
    raise RuntimeError("a bug in a view")
