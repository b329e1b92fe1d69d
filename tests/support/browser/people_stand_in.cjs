// The part of a ControlStandIn that is about what agents want of people. Written from docs/control-api.md.
class PeopleStandIn {
  // `tell`: called with the name of an event, its session, data and its line.
  constructor(tell) {
    Object.assign(this, { tell, questions: [] });
  }

  ask(id, session, question, { person = "", line = "reception" } = {}) {
    this.questions.push({ id, session, line, person, question, "asked-at": new Date().toISOString(), waiting: true });
    this.tell("question", session, { state: "asked", id, person, question, timeout: 60000000000 }, line);
  }

  // Nobody has answered in time.
  goOn(id) {
    const question = this.#find(id);
    question.waiting = false;
    this.tell("question", question.session, { state: "not-answered", id, reason: "timeout" }, question.line);
  }

  answered(id, answer) {
    const question = this.#find(id);
    this.questions = this.questions.filter((one) => one !== question);
    this.tell("question", question.session, { state: "answered", id, answer, late: !question.waiting }, question.line);
  }

  refused(id) {
    const question = this.#find(id);
    this.questions = this.questions.filter((one) => one !== question);
    this.tell("question", question.session, { state: "refused", id, reason: "refused" }, question.line);
  }

  transfer(session, state, outcome = "", line = "reception") {
    this.tell("transfer", session, { person: "anna", state, outcome, summary: "Wants a table for six.", text: "" }, line);
  }

  #find(id) {
    return this.questions.find((one) => one.id === id);
  }

  // What the API answers; null: this is none of its paths.
  answer(method, name, query, given, fault) {
    const [place, id, action] = name.split("/").map(decodeURIComponent);
    if (place !== "questions") return null;
    if (method === "GET") return [200, { questions: this.questions }];
    if (!this.#find(id)) return fault(404, "no-such-question", "no question of this id is open");
    if (action === "refuse") this.refused(id);
    else this.answered(id, given.answer);
    return [200, {}];
  }
}

module.exports = { PeopleStandIn };
