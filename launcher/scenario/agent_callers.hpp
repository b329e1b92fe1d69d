// Tells the agents of a session who calls, before they greet: those elements of its pipeline that
// have the properties `caller` and `callers`. They hand it on to their stages. Main thread.
#pragma once

#include <gst/gst.h>

#include <string>
#include <vector>

#include "plugins/common/gstpp.hpp"

namespace jackfield {

class AgentCallers {
 public:
  AgentCallers() = default;
  // `pipeline` in NULL. `directory`: the file for agents that have none of their own; "": none.
  // `session`: what notes name as where they come from.
  AgentCallers(GstElement* pipeline, const std::string& directory, const std::string& session);

  // Who calls is told later: agents with a directory, or with a
  // stage that has a property `caller`, do not greet before.
  void wait();
  // `caller`: whom somebody vouches for; "": nobody does, they are told that they do not know.
  void known(const std::string& caller);
  // The pipeline plays.
  void running();

 private:
  void greet();

  std::vector<gstpp::ElementPtr> agents_;
  std::vector<gstpp::ElementPtr> greeters_;  // of them those that wait
  bool known_ = false;
  bool running_ = false;
};

}  // namespace jackfield
