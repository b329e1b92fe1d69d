// What the parts of agentcorellm share. Private to the element.
//
// Threads. A reply is made in the thread that pushes the turn: it asks by the link, sleeps until
// something of the reply has come in the thread of the network, and pushes each piece as soon as it
// is complete. A flush (any thread) cancels the turn and so wakes it. Messages that no reply is
// about are posted by a task in the process's pool of workers. Settings are under the object lock;
// what is under `mutex` is taken without it, and the link has its own lock, taken last. None is
// held while pushing, posting or emitting.
#pragma once

#include <gst/gst.h>

#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "agent_core_settings.hpp"
#include "core_link.hpp"
#include "gstagentcorellm.hpp"
#include "llm_pads.hpp"
#include "worker_pool.hpp"

namespace agentcore {

inline constexpr std::size_t kMaxQuestion = 16384;  // bytes of text of one turn

struct Stats {
  guint64 turns = 0;
  guint64 requests = 0;
  guint64 failed = 0;
  guint64 aborted = 0;
  guint64 interrupted = 0;
  guint64 calls_ended = 0;
  guint64 first_piece = 0;
  guint64 dropped_bytes = 0;
  std::string last_error;
};

// What was settled on the way to READY.
struct Prepared {
  ChannelSettings channel;
  CoreSession::Config session;
  std::string instructions;
  std::string greeting;
  gstpp::StructurePtr variables;
};

struct State final : jackfield::LlmPadsOwner {
  State(GstAgentCoreLlm* self, GstPad* sink, GstPad* src);
  ~State();

  GstFlowReturn answer(guint turn_id, std::string question, bool not_understood) override;
  void set_flushing(bool on) override;
  void heard(const jackfield::Heard& heard) override;
  void take_history(const jackfield::History& history) override;
  void turn_starts(guint turn_id) override;
  void dropped(std::size_t bytes) override;

  // A call begins and ends.
  void begin_call();
  void end_call();
  // The setting has changed.
  void tell_caller();
  std::shared_ptr<CoreLink> current();
  void post_notices();
  // Of all calls.
  SessionStats session_stats();

  GstAgentCoreLlm* const element;
  Settings settings;  // under the object lock

  std::mutex mutex;
  bool flushing = false;
  Stats stats;
  SessionStats earlier;            // of the calls before
  std::shared_ptr<CoreLink> link;  // of the call, also after its end
  std::vector<v1::Tool> offered;

  // Of the state changes.
  Prepared prepared;
  std::shared_ptr<grpc::Channel> warm;  // connected from READY on
  std::shared_ptr<jackfield::SerialTask> messenger;

  jackfield::LlmPads pads;  // of the streaming thread

 private:
  std::string caller() const;
  void post(const Notice& notice);
};

// Settles what the settings come to, on the way to READY. False after an element error.
bool prepare(GstAgentCoreLlm* self);

}  // namespace agentcore

struct _GstAgentCoreLlm {
  GstElement parent;
  agentcore::State* state;
};

GST_DEBUG_CATEGORY_EXTERN(agentcorellm_debug);
