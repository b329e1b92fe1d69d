// One end of a browser call without a network of signalling: a SessionManager that runs a pipeline
// file for the call, and a SignalPeer that hands what it is told to the other end, one main loop
// later. Media go over the loopback interface. Main thread.
#pragma once

#include <gst/gst.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "scenario/session_manager.hpp"
#include "webrtc/webrtc_call.hpp"

namespace test_support {

// Runs the main context until `done`; false after `seconds`.
bool wait_until(const std::function<bool()>& done, double seconds = 30);
void run_for(double seconds);

// A folder of the test's own, removed with it.
class TemporaryFolder {
 public:
  TemporaryFolder();
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  std::string file(const std::string& name) const { return path_ + "/" + name; }
  // Writes it and returns its path.
  std::string write(const std::string& name, const std::string& content) const;
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

// Messages of the sessions, as text.
class Messages final : public jackfield::CallObserver {
 public:
  struct Message {
    std::string name;
    jackfield::JsonObjectPtr fields;
  };
  std::vector<Message> all;
  std::vector<std::string> warnings, errors;
  std::vector<jackfield::SessionSummary> ended;

  std::size_t count(const std::string& name) const;
  const Message* last(const std::string& name) const;

  void opened(const std::string&, const std::string&, const std::string&) override {}
  void running(const std::string&) override {}
  void message(const std::string&, const GstStructure& message,
               const std::optional<jackfield::CallEvent>&, GstClockTime) override;
  void warning(const std::string&, const std::string& text) override { warnings.push_back(text); }
  void error(const std::string&, const std::string& text) override { errors.push_back(text); }
  void closed(const jackfield::SessionSummary& summary) override { ended.push_back(summary); }
};

class WebRtcSide final : public jackfield::webrtc::SignalPeer {
 public:
  // `pipeline` is a file; `variables` are filled in.
  WebRtcSide(const TemporaryFolder& folder, const std::string& pipeline,
             std::map<std::string, std::string, std::less<>> variables = {},
             std::size_t max_sessions = 10);
  ~WebRtcSide() override;

  // Calls `other`: its call is made when our offer arrives.
  void call(WebRtcSide& other);
  void connect_to(WebRtcSide& other);  // what is said goes there
  jackfield::webrtc::OfferingCall& make_call();
  void drop_call() { call_.reset(); }
  jackfield::webrtc::OfferingCall* the_call() { return call_.get(); }

  // Cuts its connection: nothing is sent or received any more, while all goes on. The pipeline has
  // a filesink with the location ${OUT}.
  void cut_off();

  jackfield::webrtc::PeerSettings settings;
  jackfield::SessionManager& sessions() { return *sessions_; }
  Messages messages;

  // What it said.
  std::vector<jackfield::webrtc::Description> descriptions;
  std::vector<jackfield::webrtc::Candidate> candidates;
  struct Event {
    std::string name, data;
  };
  std::vector<Event> events;
  struct Error {
    std::string code, text, re;
  };
  std::vector<Error> errors;
  std::optional<std::string> ended;
  // Changes what goes to the other end; false: it does not.
  std::function<bool(jackfield::webrtc::Description&)> on_description;
  std::function<bool(jackfield::webrtc::Candidate&)> on_candidate;

  void send(const jackfield::webrtc::Description& description) override;
  void send(const jackfield::webrtc::Candidate& candidate) override;
  void send_event(const std::string& name, const std::string& data) override;
  void send_error(const std::string& code, const std::string& text, const std::string& re) override;
  void call_ended(const std::string& reason) override;

 private:
  void receive(const jackfield::webrtc::Description& description);
  void receive(const jackfield::webrtc::Candidate& candidate);

  std::string out_;
  std::unique_ptr<jackfield::LocalSessionRegistry> registry_;
  std::unique_ptr<jackfield::SessionManager> sessions_;
  std::unique_ptr<jackfield::webrtc::OfferingCall> call_;
  std::shared_ptr<WebRtcSide*> other_;
  // What is under way to us finds nobody when we are gone.
  std::shared_ptr<WebRtcSide*> self_ = std::make_shared<WebRtcSide*>(this);
};

// Raw samples (S16LE, mono) that a filesink has written so far.
std::vector<std::int16_t> read_samples(const std::string& path);
// The part of the energy of the last `seconds` that lies at `hertz`, 0 to 1.
double tone_share(const std::vector<std::int16_t>& samples, double hertz, double seconds,
                  int rate = 48000);

}  // namespace test_support
