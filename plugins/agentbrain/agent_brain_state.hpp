// What the parts of agentbrain share. Private to the element: gstagentbrain.cpp has its pads,
// states and properties, agent_brain_signals.cpp its signals, stage_messages.cpp what its stages
// post.
#pragma once

#include <gst/gst.h>

#include <memory>
#include <string>

#include "agent_brain_settings.hpp"
#include "brain_tools.hpp"
#include "callers/brain_caller.hpp"
#include "conductor.hpp"
#include "gstagentbrain.h"
#include "gstpp.hpp"
#include "persona.hpp"
#include "realtime_stage.hpp"
#include "stages.hpp"

namespace agentbrain::brain {

struct State {
  Settings settings;               // under the object lock
  GstElement* detector = nullptr;  // children of the bin, owned by it
  GstElement* stt_port = nullptr;
  GstElement* turn_gate = nullptr;
  GstElement* reply_gate = nullptr;
  GstPad* sink = nullptr;
  GstPad* src = nullptr;
  std::unique_ptr<Stages> stages;
  std::unique_ptr<RealtimeStage> realtime;
  std::unique_ptr<Conductor> conductor;
  std::unique_ptr<BrainTools> tools;
  std::shared_ptr<BrainCaller> caller;
  jackfield::Persona persona;  // under the object lock; written by state changes only
  std::string broken;          // why the bin could not be made, "" if it could
  // Probes on the TTS stage's sink pad while streaming.
  gstpp::PadPtr probed;
  gulong probe = 0;
};

void install_signals(GObjectClass* klass);

// What nobody has said, to whoever answers. False: it is not taken. Any thread.
bool tell_agent(State& state, const gchar* text, bool speak);

// A message of a child: it is heeded, and ends here or goes on to `next`, the parent class's.
void handle_stage_message(GstAgentBrain* self, GstMessage* message,
                          void (*next)(GstBin* bin, GstMessage* message));

}  // namespace agentbrain::brain

struct _GstAgentBrain {
  GstBin parent;
  agentbrain::brain::State* state;
};

GST_DEBUG_CATEGORY_EXTERN(gst_agent_brain_debug);
