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
  enum class Told {
    kAgent,
    kNobody,      // the call is over; what was written is kept in the event file
    kNoQuestion,  // none of this id: it has been answered, or its call was over long ago
  };
  virtual Told answer(const std::string& id, const std::string& text) = 0;
  // Nobody is going to answer it.
  virtual Told refuse(const std::string& id) = 0;
};

}  // namespace jackfield::people
