#include "people/ask_people.hpp"

#include <algorithm>
#include <utility>

#include "json_members.hpp"
#include "people/core/people_texts.hpp"
#include "people/core/person_twiml.hpp"
#include "text/random_id.hpp"

namespace jackfield::people {
namespace {

constexpr std::size_t kIdDigits = 8;
constexpr unsigned kTimeoutMargin = 15;  // s; the agent's own time-out is later than ours

std::uint64_t now_ns() { return static_cast<std::uint64_t>(g_get_monotonic_time()) * 1000; }

}  // namespace

class AskPeople::Watch final : public CallObserver {
 public:
  explicit Watch(AskPeople& people) : people_(people) {}
  void ending(const std::string& id, const std::string&) override { people_.close(id); }
  void closed(const SessionSummary& summary) override { people_.close(summary.id); }

 private:
  AskPeople& people_;
};

AskPeople::AskPeople(SessionFunctions& functions, FindSession find, OnMissed on_missed)
    : functions_(functions), find_(std::move(find)), on_missed_(std::move(on_missed)) {}

AskPeople::~AskPeople() {
  if (timer_) g_source_remove(timer_);
}

void AskPeople::add_line(LinePeople line) {
  const std::string name = line.line;
  lines_.emplace(name, std::move(line));
}

void AskPeople::add_sessions(SessionManager& sessions) {
  sessions.add_observer(*watches_.emplace_back(std::make_unique<Watch>(*this)));
}

std::vector<SessionFunction> AskPeople::functions_for(const std::string&, const std::string& line) {
  const auto it = lines_.find(line);
  if (it == lines_.end()) return {};
  return {{.name = "ask_person",
           .definition = ask_function(it->second.people, it->second.ask_timeout + kTimeoutMargin),
           .start = [this](const FunctionCall& call, Answer answer) { ask(call, answer); }}};
}

void AskPeople::ask(const FunctionCall& call, const Answer& answer) {
  const LinePeople& line = lines_.find(call.line)->second;
  const JsonResult read = parse_json(call.arguments);
  const std::string text = read.value ? string_member(*read.value, "question") : "";
  const std::string person = read.value ? string_member(*read.value, "person") : "";
  if (text.empty()) return answer("error: there is no question");
  if (!person.empty() && !line.find(person)) return answer("error: there is no such person");
  if (!find_(call.session)) return;
  Question question{.id = random_id().substr(0, kIdDigits),
                    .session = call.session,
                    .line = call.line,
                    .person = person,
                    .text = shortened(text, QuestionBook::kMostText),
                    .asked_at = g_get_real_time(),
                    .deadline = now_ns() + line.ask_timeout * std::uint64_t{1'000'000'000},
                    .waiting = true};
  if (!book_.ask(question)) return answer("error: too many questions were asked");
  waiting_[question.id] = answer;
  post(find_, call.session,
       gst_structure_new("people/question", "id", G_TYPE_STRING, question.id.c_str(), "person",
                         G_TYPE_STRING, person.c_str(), "question", G_TYPE_STRING,
                         question.text.c_str(), "timeout", G_TYPE_UINT64,
                         static_cast<guint64>(line.ask_timeout) * GST_SECOND, nullptr));
  arm();
}

std::optional<Question> AskPeople::take(const std::string& id, const std::string& text,
                                        Told& told) {
  auto question = book_.answer(id);
  told = question ? Told::kAgent : Told::kNoQuestion;
  if (question) {
    arm();
  } else if (const auto missed = book_.missed(id)) {
    told = Told::kNobody;
    on_missed_(*missed, text);
  }
  return question;
}

void AskPeople::tell(const Question& question, const std::string& output, const std::string& note) {
  // Who waited may let go of us.
  if (const auto waiting = waiting_.extract(question.id))
    waiting.mapped()(output);
  else
    functions_.tell(question.session, note, true);
}

Questions::Told AskPeople::answer(const std::string& id, const std::string& text) {
  const std::string output = shortened(text, QuestionBook::kMostAnswer);
  Told told;
  const auto question = take(id, output, told);
  if (!question) return told;
  post(find_, question->session,
       gst_structure_new("people/answer", "id", G_TYPE_STRING, id.c_str(), "answer", G_TYPE_STRING,
                         output.c_str(), "late", G_TYPE_BOOLEAN,
                         static_cast<gboolean>(!question->waiting), nullptr));
  tell(*question, output,
       "A person's answer to your question \"" + question->text + "\": " + output);
  return told;
}

Questions::Told AskPeople::refuse(const std::string& id) {
  Told told;
  const auto question = take(id, "", told);
  if (!question) return told;
  unanswered(*question, "refused");
  tell(*question,
       "error: nobody can answer this. Say so, and offer to try another way, or to take a message.",
       "Nobody can answer your question \"" + question->text + "\".");
  return told;
}

void AskPeople::unanswered(const Question& question, const char* reason) {
  post(find_, question.session,
       gst_structure_new("people/no-answer", "id", G_TYPE_STRING, question.id.c_str(), "reason",
                         G_TYPE_STRING, reason, nullptr));
}

void AskPeople::close(const std::string& session) {
  for (const Question& question : book_.close(session)) waiting_.erase(question.id);
  arm();
}

void AskPeople::expire() {
  for (const Question& question : book_.expire(now_ns())) {
    unanswered(question, "timeout");
    if (const auto waiting = waiting_.extract(question.id))
      waiting.mapped()(
          "error: nobody has answered in time. Should an answer come while the call "
          "lasts, you will be told.");
  }
  arm();
}

void AskPeople::arm() {
  if (timer_) g_source_remove(std::exchange(timer_, 0));
  const auto deadline = book_.deadline();
  if (!deadline) return;
  const std::uint64_t now = now_ns();
  timer_ = g_timeout_add(
      *deadline > now ? static_cast<guint>((*deadline - now) / 1'000'000 + 1) : 1,
      [](gpointer user) -> gboolean {
        auto* self = static_cast<AskPeople*>(user);
        self->timer_ = 0;
        self->expire();
        return G_SOURCE_REMOVE;
      },
      this);
}

}  // namespace jackfield::people
