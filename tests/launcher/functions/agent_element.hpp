// An element that is called agentbrain and has the signals of one by which the supervisor gives it
// functions; the test is the model.
#pragma once

#include <gst/gst.h>

#include <mutex>
#include <string>
#include <vector>

#include "../command/jackfield_process.hpp"
#include "scenario/session_manager.hpp"

namespace jackfield::test {

// Of the one agent that there is at a time. Any thread.
struct AgentNotes {
  std::mutex lock;
  GstElement* element = nullptr;
  std::vector<std::string> offered, answers, told;  // "ID: output"; "text (speak)"
  bool waits = true;                                // tool-result finds somebody
};
AgentNotes& agent_notes();
// What has been done to it; and forget all that.
std::vector<std::string> noted(std::vector<std::string> AgentNotes::*which);
void clear_agent_notes();

// Makes "agentbrain" known to gst_parse_launch. Call it after gst_init().
void register_agent_element();

// Sessions of `pipeline` on a line of this name, with their records in the folder.
SessionManager::Config agent_sessions(const TemporaryFolder& folder, const std::string& line,
                                      const std::string& pipeline);

// The model calls a function, from a thread of its own. Whether somebody takes it.
bool model_calls(const std::string& call_id, const std::string& name, const std::string& arguments);

}  // namespace jackfield::test
