// Questions of agents to people: who asked what, how long the agent waits, and until when an answer
// is of use. Pure: times are ns of a clock that never goes back. Not for several threads.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace jackfield::people {

struct Question {
  std::string id;
  std::string session, line;
  std::string person;  // "": whoever is there
  std::string text;
  std::int64_t asked_at = 0;   // Unix time, µs
  std::uint64_t deadline = 0;  // then the agent waits no longer
  bool waiting = true;
};

class QuestionBook {
 public:
  static constexpr std::size_t kMostOpen = 200;
  static constexpr std::size_t kMostOfSession = 3;  // open at a time
  static constexpr std::size_t kMostInCall = 20;    // asked in one session
  static constexpr std::size_t kMostText = 1000;    // bytes
  static constexpr std::size_t kMostAnswer = 2000;  // bytes
  static constexpr std::size_t kMostMissed = 200;   // that are remembered

  // False when there are too many; its id is new.
  bool ask(Question question);
  // The question that is answered, which is open no longer. nullopt: there is none of this id.
  std::optional<Question> answer(const std::string& id);
  // The question of this id that was open when its call ended, and is forgotten now.
  std::optional<Question> missed(const std::string& id);
  // Nobody waits for the answers of this session any more. Those that were open.
  std::vector<Question> close(const std::string& session);
  // Those that have not been answered in time: they stay open.
  std::vector<Question> expire(std::uint64_t now);

  const Question* find(const std::string& id) const;
  // In the order in which they were asked.
  std::vector<Question> open() const;
  // When expire() has something.
  std::optional<std::uint64_t> deadline() const;

 private:
  static std::optional<Question> take(std::vector<Question>& questions, const std::string& id);

  std::vector<Question> open_;
  std::vector<Question> missed_;                           // the oldest first
  std::map<std::string, std::size_t, std::less<>> asked_;  // by session
};

}  // namespace jackfield::people
