#include "recent_words.hpp"

#include <utility>

#include "utf8.hpp"

namespace agentbrain::loop {

void RecentWords::add(std::string_view who, std::string_view words) {
  constexpr std::string_view kBlanks = " \t\r\n";
  const std::size_t begin = words.find_first_not_of(kBlanks);
  if (begin == std::string_view::npos) return;
  words = words.substr(begin, words.find_last_not_of(kBlanks) + 1 - begin);
  std::string line = std::string(who) + ": ";
  // A line is one piece: nobody can say what looks like another one's.
  for (const char character : jackfield::truncate_utf8(words, kMostBytes))
    line += kBlanks.find(character) == std::string_view::npos ? character : ' ';
  pieces_.push_back(std::move(line));
  if (pieces_.size() > kMostPieces) pieces_.pop_front();
}

std::string RecentWords::lines() const {
  std::string all;
  for (const std::string& piece : pieces_) all += (all.empty() ? "" : "\n") + piece;
  return all;
}

}  // namespace agentbrain::loop
