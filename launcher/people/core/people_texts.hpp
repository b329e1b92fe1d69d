// What models are told about people: the functions by which they reach them, and what came of it.
// Pure.
#pragma once

#include <string>
#include <vector>

#include "people/core/person.hpp"
#include "people/core/transfer.hpp"

namespace jackfield::people {

// Functions as of a tools file, JSON. `timeout`: s until the call of the function fails.
// Of `people` those with a telephone; "" when there are none.
std::string transfer_function(const std::vector<Person>& people, unsigned timeout);
std::string ask_function(const std::vector<Person>& people, unsigned timeout);

// What came of a transfer to `person`. A text that begins with "error:" says it did not work.
std::string transfer_text(TransferOutcome outcome, const std::string& person);

}  // namespace jackfield::people
