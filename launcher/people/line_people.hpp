// The people of a line, and what its agents may do with them.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "people/core/person.hpp"
#include "scenario/session.hpp"

namespace jackfield::people {

struct LinePeople {
  std::string line;
  std::vector<Person> people;
  std::vector<std::string> numbers;  // of the line
  unsigned ring_timeout = 25;        // s
  unsigned ask_timeout = 60;         // s

  const Person* find(const std::string& name) const {
    for (const Person& person : people)
      if (person.name == name) return &person;
    return nullptr;
  }
};

// The session of this id, if it runs.
using FindSession = std::function<std::shared_ptr<Session>(const std::string& id)>;

// Into the session's record, to the event file and all who read events. Takes the message.
inline void post(const FindSession& find, const std::string& session, GstStructure* message) {
  const auto running = find(session);
  if (!running) return gst_structure_free(message);
  GstElement* pipeline = running->pipeline();
  gst_element_post_message(pipeline, gst_message_new_element(GST_OBJECT(pipeline), message));
}

}  // namespace jackfield::people
