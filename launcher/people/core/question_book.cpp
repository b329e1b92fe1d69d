#include "people/core/question_book.hpp"

#include <algorithm>
#include <utility>

namespace jackfield::people {

bool QuestionBook::ask(Question question) {
  const auto of_session = std::count_if(open_.begin(), open_.end(), [&](const Question& other) {
    return other.session == question.session;
  });
  if (open_.size() >= kMostOpen || static_cast<std::size_t>(of_session) >= kMostOfSession)
    return false;
  std::size_t& asked = asked_[question.session];
  if (asked >= kMostInCall) return false;
  ++asked;
  open_.push_back(std::move(question));
  return true;
}

std::optional<Question> QuestionBook::take(std::vector<Question>& questions,
                                           const std::string& id) {
  const auto it = std::find_if(questions.begin(), questions.end(),
                               [&](const Question& question) { return question.id == id; });
  if (it == questions.end()) return std::nullopt;
  Question taken = std::move(*it);
  questions.erase(it);
  return taken;
}

std::optional<Question> QuestionBook::answer(const std::string& id) { return take(open_, id); }

std::optional<Question> QuestionBook::missed(const std::string& id) { return take(missed_, id); }

std::vector<Question> QuestionBook::close(const std::string& session) {
  std::vector<Question> closed;
  std::erase_if(open_, [&](Question& question) {
    if (question.session != session) return false;
    closed.push_back(std::move(question));
    return true;
  });
  asked_.erase(session);
  missed_.insert(missed_.end(), closed.begin(), closed.end());
  if (missed_.size() > kMostMissed)
    missed_.erase(missed_.begin(), missed_.end() - static_cast<std::ptrdiff_t>(kMostMissed));
  return closed;
}

std::vector<Question> QuestionBook::expire(std::uint64_t now) {
  std::vector<Question> expired;
  for (Question& question : open_) {
    if (!question.waiting || question.deadline > now) continue;
    question.waiting = false;
    expired.push_back(question);
  }
  return expired;
}

const Question* QuestionBook::find(const std::string& id) const {
  const auto it = std::find_if(open_.begin(), open_.end(),
                               [&](const Question& question) { return question.id == id; });
  return it == open_.end() ? nullptr : &*it;
}

std::vector<Question> QuestionBook::open() const { return open_; }

std::optional<std::uint64_t> QuestionBook::deadline() const {
  std::optional<std::uint64_t> first;
  for (const Question& question : open_) {
    if (question.waiting && (!first || question.deadline < *first)) first = question.deadline;
  }
  return first;
}

}  // namespace jackfield::people
