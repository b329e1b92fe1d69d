#include "client/core/session_choice.hpp"

#include <algorithm>

#include "terminal/core/terminal_text.hpp"

namespace jackfield::client {
namespace {

constexpr std::size_t kLeast = 4;
constexpr std::size_t kMostNamed = 4;

std::string several(const std::string& word, const std::vector<std::string>& found) {
  std::string text =
      "'" + word + "' is the beginning of " + std::to_string(found.size()) + " ids: ";
  for (std::size_t i = 0; i < std::min(found.size(), kMostNamed); ++i)
    text += (i == 0 ? "" : ", ") + found[i];
  return text + (found.size() > kMostNamed ? ", ..." : "");
}

}  // namespace

std::vector<std::string> ids_meant(const std::vector<std::string>& ids, const std::string& word) {
  std::vector<std::string> found;
  for (const std::string& id : ids) {
    if (id == word) return {word};
    if (!word.empty() && id.starts_with(word)) found.push_back(id);
  }
  return found;
}

SessionChoice choose_sessions(const std::vector<Session>& sessions,
                              const std::vector<std::string>& words, std::string_view what) {
  SessionChoice choice;
  std::vector<std::string> ids;
  for (const Session& session : sessions) ids.push_back(session.id);
  for (const std::string& word : words) {
    const std::vector<std::string> found = ids_meant(ids, word);
    if (found.size() != 1) {
      const std::string shown = clean_terminal_text(word);
      choice.problems.push_back(found.empty() ? "no call '" + shown + "' " + std::string{what}
                                              : several(shown, found));
    } else if (std::find(choice.ids.begin(), choice.ids.end(), found.front()) == choice.ids.end()) {
      choice.ids.push_back(found.front());
    }
  }
  return choice;
}

std::size_t distinct_length(const std::vector<std::string>& ids) {
  std::vector<std::string> sorted = ids;
  std::sort(sorted.begin(), sorted.end());
  std::size_t length = kLeast;
  for (std::size_t i = 1; i < sorted.size(); ++i) {
    const auto& [before, after] = std::pair{sorted[i - 1], sorted[i]};
    const auto differs = std::mismatch(before.begin(), before.end(), after.begin(), after.end());
    length = std::max(length, static_cast<std::size_t>(differs.first - before.begin()) + 1);
  }
  return length;
}

}  // namespace jackfield::client
