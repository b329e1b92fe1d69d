// The function ask_person: a question of an agent is shown to people, who answer it over the
// control API. Main thread.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "functions/session_functions.hpp"
#include "people/line_people.hpp"
#include "people/questions.hpp"

namespace jackfield::people {

class AskPeople final : public FunctionSource, public Questions {
 public:
  // `answer` to a question whose call was over; "": it was refused.
  using OnMissed = std::function<void(const Question& question, const std::string& answer)>;

  // `functions` must outlive it.
  AskPeople(SessionFunctions& functions, FindSession find, OnMissed on_missed);
  ~AskPeople() override;
  AskPeople(const AskPeople&) = delete;
  AskPeople& operator=(const AskPeople&) = delete;

  void add_line(LinePeople line);
  // Their questions end with them.
  void add_sessions(SessionManager& sessions);

  std::vector<SessionFunction> functions_for(const std::string& session,
                                             const std::string& line) override;
  std::vector<Question> open() const override { return book_.open(); }
  Told answer(const std::string& id, const std::string& text) override;
  Told refuse(const std::string& id) override;

 private:
  using Answer = std::function<void(const std::string&)>;
  class Watch;

  void ask(const FunctionCall& call, const Answer& answer);
  // Takes the question away; tells of those that were missed.
  std::optional<Question> take(const std::string& id, const std::string& text, Told& told);
  // Whoever waits, or the agent by a note.
  void tell(const Question& question, const std::string& output, const std::string& note);
  void unanswered(const Question& question, const char* reason);
  void close(const std::string& session);
  void arm();
  void expire();

  SessionFunctions& functions_;
  const FindSession find_;
  const OnMissed on_missed_;
  std::map<std::string, LinePeople, std::less<>> lines_;
  std::vector<std::unique_ptr<Watch>> watches_;
  QuestionBook book_;
  std::map<std::string, Answer, std::less<>> waiting_;  // by the question's id
  guint timer_ = 0;
};

}  // namespace jackfield::people
