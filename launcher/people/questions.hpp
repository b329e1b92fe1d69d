// Open questions of agents to people, as the control API shows and answers them. Main thread.
#pragma once

#include <string>
#include <vector>

#include "people/core/question_book.hpp"

namespace jackfield::people {

class Questions {
 public:
  virtual ~Questions() = default;
  // In the order in which they were asked.
  virtual std::vector<Question> open() const = 0;
  // False when there is none of this id: it has been answered, or its call is over.
  virtual bool answer(const std::string& id, const std::string& text) = 0;
};

}  // namespace jackfield::people
