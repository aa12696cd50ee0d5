"""Notes, in memory."""

from flask import Flask, jsonify, request

app = Flask(__name__)
notes: dict[int, str] = {}


@app.route("/notes", methods=["GET", "POST"])
def all_notes():
    if request.method == "POST":
        number = len(notes) + 1
        notes[number] = request.get_json()["text"]
        return jsonify(number=number), 201
    return jsonify(notes=list(notes.values()))


@app.get("/notes/<int:number>")
def one_note(number):
    if number not in notes:
        return jsonify(error=f"there is no note {number}"), 404
    return jsonify(text=notes[number])


def count():
    return jsonify(count=len(notes))


app.add_url_rule("/count", view_func=count)


@app.errorhandler(404)
def unknown(error):
    return "nothing here", 404
