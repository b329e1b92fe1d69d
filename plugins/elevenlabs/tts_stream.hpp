// The body of elevenlabstts: pads (tts_stream.cpp), connections (tts_stream_link.cpp), and the
// queue of audio on its way downstream (tts_stream_output.cpp).
//
// Threads. The sink pad and the connection's thread give texts and messages to TtsSession, under
// one lock. Audio and events go downstream through one queue, in order, which a serial task in the
// process's pool of workers empties. No lock is held while pushing, posting, or ending a
// connection.
#pragma once

#include <gst/gst.h>

#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <random>

#include "client_websocket.hpp"
#include "gstpp.hpp"
#include "http_client.hpp"
#include "io_context.hpp"
#include "tts_session.hpp"
#include "worker_pool.hpp"

namespace elevenlabs {

struct AudioFormat {
  bool mulaw = false;
  int rate = 16000;
  std::size_t frame_bytes() const { return mulaw ? 1 : 2; }
};

class TtsStream {
 public:
  struct Setup {
    TtsSession::Config session;
    AudioFormat format;
    jackfield::WebSocketOptions options;
    // A request over HTTP, but for its body.
    jackfield::HttpRequest http;
    TtsUrl url;
  };

  TtsStream(GstElement* element, GstPad* sink, GstPad* src);
  ~TtsStream();
  TtsStream(const TtsStream&) = delete;
  TtsStream& operator=(const TtsStream&) = delete;

  GstFlowReturn chain(GstBuffer* buffer);
  gboolean sink_event(GstEvent* event);

  // Whether a WebSocket to that address was refused lately, in this process.
  static bool is_websocket_refused(const TtsUrl& url);

  void start(Setup setup);  // connects
  void begin_stop();        // before the pads stop
  void finish_stop();       // behind it
  GstStructure* make_stats() const;

 private:
  struct Item {
    gstpp::EventPtr event;
    std::vector<uint8_t> audio;  // 20 ms at most
    std::vector<TimedWord> words;
    bool unaligned = false;  // from here on nothing tells what is said
    std::string sentence;    // or but for this
    bool waits = false;      // for the end of the reply before it
    gstpp::MessagePtr message;
  };
  struct Link final : public jackfield::WebSocketListener {
    Link(TtsStream& s, jackfield::WebSocketOptions options)
        : stream(s), socket(std::move(options), *this) {}
    void on_open() override {
      opened = true;
      stream.on_open(this);
    }
    void on_text(std::string_view text) override { stream.on_text(this, text); }
    void on_end(const jackfield::WebSocketEnd& why) override { stream.on_end(this, why); }
    TtsStream& stream;
    bool opened = false;  // of the connection's thread
    jackfield::ClientWebSocket socket;
  };
  // What is let go without the mutex, since that waits for calls that take it.
  struct Ended {
    std::vector<std::unique_ptr<Link>> links;
    std::vector<std::shared_ptr<jackfield::HttpExchange>> exchanges;
  };

  void on_open(const Link* from);
  void on_text(const Link* from, std::string_view text);
  void on_end(const Link* from, const jackfield::WebSocketEnd& why);
  void on_timer();
  void on_exchange(uint64_t number);

  // With the mutex held.
  double chance() { return std::uniform_real_distribution<double>(0.0, 1.0)(random_); }
  void end_link(Ended& ended);
  void end_exchange(Ended& ended);
  void start_request(const SpeechRequest& speech, Ended& ended);
  void execute(std::vector<TtsSession::Action> actions, Ended& ended);
  void add_audio(const TtsSession::Audio& audio);
  void insert(Item item);  // before those that wait
  void drop_items();
  bool waiting() const { return !items_.empty() && items_.back().waits; }

  void run_task();
  bool take_item(Item& item);
  void deliver(Item& item);
  void push_audio(const Item& item);
  gboolean send_caps();

  GstElement* const element_;
  GstPad* const sink_;
  GstPad* const src_;
  std::shared_ptr<jackfield::SerialTask> task_;

  mutable std::mutex mutex_;
  std::condition_variable space_;
  Setup setup_;
  std::unique_ptr<TtsSession> session_;
  std::unique_ptr<Link> link_;
  std::shared_ptr<jackfield::HttpExchange> exchange_;
  uint64_t exchange_number_ = 0;  // calls of one that was cancelled are told from the present one's
  std::unique_ptr<jackfield::IoTimer> timer_;
  std::deque<Item> items_;
  uint64_t queued_ = 0;       // audio in the queue, ns
  uint64_t dropped_ = 0;      // audio beyond what is queued at most, ns
  bool aligned_ = false;      // the audio that came last tells what is said in it
  std::vector<uint8_t> odd_;  // the first byte of a sample that a message cut
  bool running_ = false;
  bool flushing_ = true;
  GstFlowReturn flow_ = GST_FLOW_OK;
  TtsSession::Stats before_;  // of earlier streams
  std::minstd_rand random_{std::random_device{}()};

  // Of the task, and of the streaming thread while the task is stopped.
  GstSegment segment_;
  GstClockTime next_position_ = GST_CLOCK_TIME_NONE;  // running time of the end of the last buffer
};

}  // namespace elevenlabs
