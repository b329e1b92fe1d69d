// "Did you mean …?"
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace jackfield {

// The candidates that `word` is most likely a misspelling of, nearest first, at most `limit`: those
// within an edit distance (insert, delete, replace, swap of neighbours) of a third of its length,
// and those that contain it or are contained in it. Letters' case does not count.
std::vector<std::string> nearest_names(std::string_view word,
                                       const std::vector<std::string>& candidates,
                                       std::size_t limit = 3);

// "did you mean 'a' or 'b'?", "" when nothing is near.
std::string did_you_mean(std::string_view word, const std::vector<std::string>& candidates);

}  // namespace jackfield
