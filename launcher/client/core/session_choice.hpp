// Sessions that are meant by the beginnings of their ids. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "client/core/api_values.hpp"

namespace jackfield::client {

// Those of the ids that a word means: the one that it is, or those that begin with it.
std::vector<std::string> ids_meant(const std::vector<std::string>& ids, const std::string& word);

struct SessionChoice {
  std::vector<std::string> ids;       // each once, in the order of the words
  std::vector<std::string> problems;  // of words that mean none or several, for people
};

// `what` of a word that means none: "is running", for example.
SessionChoice choose_sessions(const std::vector<Session>& sessions,
                              const std::vector<std::string>& words, std::string_view what);

// How many of an id's digits tell all of them apart: 4 at least.
std::size_t distinct_length(const std::vector<std::string>& ids);

}  // namespace jackfield::client
