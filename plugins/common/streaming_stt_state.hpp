// What the two halves of StreamingStt share. Private to both.
#pragma once

#include <atomic>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <random>

#include "gstpp.hpp"
#include "io_context.hpp"
#include "io_pool.hpp"
#include "streaming_stt.hpp"
#include "stt_pads.hpp"

namespace jackfield {

// Something for the task, in order.
struct SttItem {
  gstpp::EventPtr event;            // downstream
  std::optional<std::string> text;  // downstream, at `time`
  gstpp::EventPtr upstream;         // VoiceInterim
  gstpp::MessagePtr message;        // for the bus
  std::optional<TurnEnd> end;       // VoiceTurnEnd: waits for its text
  bool of_service = false;          // a turn that the service found, or its text
  bool waits = false;               // for the text of a turn, or for all texts (end of stream)
  GstClockTime time = GST_CLOCK_TIME_NONE;  // running time
};

SttSession::Stats make_total(const SttSession::Stats& a, const SttSession::Stats& b);

struct StreamingStt::State final : public SttPadsOwner {
  State(GstElement* e, GstPad* si, GstPad* src, const char* n, GstDebugCategory* c)
      : element(e),
        sink(si),
        name(n),
        category(c),
        task(std::make_shared<SerialTask>(WorkerPool::shared(), [this] { run_task(); })),
        pads(e, si, src, task, *this) {}

  GstElement* const element;
  GstPad* const sink;
  const std::string name;
  GstDebugCategory* const category;
  const std::shared_ptr<SerialTask> task;
  SttPads pads;
  std::atomic<bool> blocks_never{false};

  // One connection; calls of one that was replaced are told from the present one's.
  struct Link final : public WebSocketListener {
    Link(State& s, WebSocketOptions options) : state(s), socket(std::move(options), *this) {}
    void on_open() override { state.on_open(this); }
    void on_text(std::string_view text) override { state.on_text(this, text); }
    void on_end(const WebSocketEnd& why) override { state.on_end(this, why); }
    State& state;
    ClientWebSocket socket;
  };
  // A connection that is to be let go: never under `mutex`, since that waits for calls that take
  // it.
  using Ended = std::unique_ptr<Link>;

  mutable std::mutex mutex;
  std::condition_variable space;  // what the sink pad may wait for
  Setup setup;
  std::unique_ptr<SttSession> session;
  std::unique_ptr<Link> link;
  std::unique_ptr<IoTimer> timer;
  std::deque<SttItem> items;
  std::size_t dropped_items = 0;
  bool running = false;
  bool flushing = true;
  GstFlowReturn flow = GST_FLOW_OK;
  unsigned service_turn = 0;  // of those that the service found
  std::minstd_rand random{std::random_device{}()};
  SttSession::Stats stats;     // of earlier streams
  GstClockTime media_end = 0;  // running time of the last audio

  std::optional<SttFormat> format;  // of the streaming thread

  // ---- The sink pad ----
  void set_flushing(bool on) override;
  void forget() override;
  bool take_caps(const GstCaps* caps) override;
  gboolean enqueue(gstpp::EventPtr event) override;
  void never_block() override { blocks_never = true; }

  // ---- With the mutex held ----
  // Does what the session wants. Connections to be let go are moved out, for after the lock.
  void execute(std::vector<SttSession::Action> actions, std::vector<Ended>& ended);
  void connect(std::vector<Ended>& ended);
  void make_session(const SttFormat& new_format, std::vector<Ended>& ended);
  void add_item(SttItem item);
  void add_urgent_item(SttItem item);
  void begin_turn(const TurnStart& start, uint64_t now, std::vector<Ended>& ended);
  void end_running_turn(uint64_t now, std::vector<Ended>& ended);
  double chance() { return std::uniform_real_distribution<double>(0.0, 1.0)(random); }

  // ---- The connection's thread ----
  void on_open(const Link* from);
  void on_text(const Link* from, std::string_view text);
  void on_end(const Link* from, const WebSocketEnd& why);
  void on_timer();

  // ---- The task ----
  void run_task();

 private:
  void post_failure(const SttSession::Failure& failure);
  void resolve(const SttSession::Result& result);
  void add_text(const std::string& text, GstClockTime time);
  void service_turn_changed(const SttSession::ServiceTurn& turn);
  bool take_item(SttItem& item);
  void deliver(SttItem& item);
};

}  // namespace jackfield
