// The function ask_person: a question of an agent is shown to people, who answer it over the
// control API. Main thread.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "functions/session_functions.hpp"
#include "people/line_people.hpp"
#include "people/questions.hpp"

namespace jackfield::people {

class AskPeople final : public FunctionSource, public Questions {
 public:
  // `functions` must outlive it.
  AskPeople(SessionFunctions& functions, FindSession find);
  ~AskPeople() override;
  AskPeople(const AskPeople&) = delete;
  AskPeople& operator=(const AskPeople&) = delete;

  void add_line(LinePeople line);
  // Their questions end with them.
  void add_sessions(SessionManager& sessions);

  std::vector<SessionFunction> functions_for(const std::string& session,
                                             const std::string& line) override;
  std::vector<Question> open() const override { return book_.open(); }
  bool answer(const std::string& id, const std::string& text) override;

 private:
  using Answer = std::function<void(const std::string&)>;
  class Watch;

  void ask(const FunctionCall& call, const Answer& answer);
  void close(const std::string& session);
  void arm();
  void expire();

  SessionFunctions& functions_;
  const FindSession find_;
  std::map<std::string, LinePeople, std::less<>> lines_;
  std::vector<std::unique_ptr<Watch>> watches_;
  QuestionBook book_;
  std::map<std::string, Answer, std::less<>> waiting_;  // by the question's id
  guint timer_ = 0;
};

}  // namespace jackfield::people
