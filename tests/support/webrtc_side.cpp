#include "webrtc_side.hpp"

#include <glib/gstdio.h>

#include <cmath>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <numbers>
#include <stdexcept>

#include "records/message_json.hpp"
#include "scenario/pipeline_file.hpp"

namespace test_support {

using jackfield::webrtc::Candidate;
using jackfield::webrtc::Description;

bool wait_until(const std::function<bool()>& done, double seconds) {
  const gint64 end = g_get_monotonic_time() + static_cast<gint64>(seconds * G_USEC_PER_SEC);
  // Wakes the loop for conditions that no source tells of.
  const guint tick = g_timeout_add(
      20, [](gpointer) -> gboolean { return G_SOURCE_CONTINUE; }, nullptr);
  bool ok = done();
  while (!ok && g_get_monotonic_time() < end) {
    g_main_context_iteration(nullptr, TRUE);
    ok = done();
  }
  g_source_remove(tick);
  return ok;
}

void run_for(double seconds) {
  wait_until([] { return false; }, seconds);
}

TemporaryFolder::TemporaryFolder() {
  gstpp::CharPtr made{g_dir_make_tmp("jackfield-webrtc-XXXXXX", nullptr)};
  if (!made) throw std::runtime_error("no temporary folder");
  path_ = made.get();
}

TemporaryFolder::~TemporaryFolder() {
  const std::string command = "rm -rf '" + path_ + "'";
  if (std::system(command.c_str()) != 0) g_printerr("%s is left behind\n", path_.c_str());
}

std::string TemporaryFolder::write(const std::string& name, const std::string& content) const {
  std::ofstream{file(name)} << content;
  return file(name);
}

std::size_t Messages::count(const std::string& name) const {
  std::size_t n = 0;
  for (const Message& message : all) n += message.name == name;
  return n;
}

const Messages::Message* Messages::last(const std::string& name) const {
  for (auto it = all.rbegin(); it != all.rend(); ++it) {
    if (it->name == name) return &*it;
  }
  return nullptr;
}

void Messages::message(const std::string&, const GstStructure& message,
                       const std::optional<jackfield::CallEvent>&, GstClockTime) {
  all.push_back({gst_structure_get_name(&message), jackfield::structure_to_json(message)});
}

WebRtcSide::WebRtcSide(const TemporaryFolder& folder, const std::string& pipeline,
                       std::map<std::string, std::string, std::less<>> variables,
                       std::size_t max_sessions) {
  std::string error;
  auto file = jackfield::PipelineFile::read(pipeline, error);
  if (!file) throw std::runtime_error(error);
  jackfield::Variables given = jackfield::standard_variables();
  for (const auto& [name, value] : variables) given.command_line[name] = value;
  registry_ = std::make_unique<jackfield::LocalSessionRegistry>(max_sessions);
  sessions_ = std::make_unique<jackfield::SessionManager>(
      jackfield::SessionManager::Config{.file = *std::move(file),
                                        .variables = std::move(given),
                                        .recordings = folder.file("recordings"),
                                        .keep_only_calls = true,
                                        .limits = {}},
      *registry_);
  sessions_->add_observer(messages);
  settings.local_addresses = {"127.0.0.1"};
}

WebRtcSide::~WebRtcSide() {
  *self_ = nullptr;
  call_.reset();
  sessions_->abort_all("test over");
  wait_until([&] { return sessions_->idle(); });
}

jackfield::webrtc::OfferingCall& WebRtcSide::make_call() {
  call_ = jackfield::webrtc::make_webrtc_call(
      *sessions_, settings, {.line = "test", .room = "test", .peer = "p1", .name = "tester"},
      *this);
  return *call_;
}

void WebRtcSide::connect_to(WebRtcSide& other) {
  other_ = &other;
  other.other_ = this;
}

void WebRtcSide::call(WebRtcSide& other) {
  connect_to(other);
  make_call().start_offer();
}

namespace {

struct Delivery {
  std::shared_ptr<WebRtcSide*> to;
  std::function<void(WebRtcSide&)> run;
};

void deliver(std::shared_ptr<WebRtcSide*> to, std::function<void(WebRtcSide&)> run) {
  g_idle_add_full(
      G_PRIORITY_DEFAULT,
      [](gpointer user) -> gboolean {
        auto* delivery = static_cast<Delivery*>(user);
        if (*delivery->to) delivery->run(**delivery->to);
        return G_SOURCE_REMOVE;
      },
      new Delivery{std::move(to), std::move(run)},
      [](gpointer user) { delete static_cast<Delivery*>(user); });
}

}  // namespace

void WebRtcSide::send(const Description& description) {
  descriptions.push_back(description);
  Description said = description;
  if (!other_ || (on_description && !on_description(said))) return;
  deliver(other_->self_, [said](WebRtcSide& other) { other.receive(said); });
}

void WebRtcSide::send(const Candidate& candidate) {
  candidates.push_back(candidate);
  Candidate said = candidate;
  if (!other_ || (on_candidate && !on_candidate(said))) return;
  deliver(other_->self_, [said](WebRtcSide& other) { other.receive(said); });
}

void WebRtcSide::receive(const Description& description) {
  if (!call_ && !ended && description.type == Description::Type::kOffer) make_call();
  if (call_) call_->remote(description);
}

void WebRtcSide::receive(const Candidate& candidate) {
  if (call_) call_->remote(candidate);
}

void WebRtcSide::send_event(const std::string& name, const std::string& data) {
  events.push_back({name, data});
}

void WebRtcSide::send_error(const std::string& code, const std::string& text,
                            const std::string& re) {
  errors.push_back({code, text, re});
}

void WebRtcSide::call_ended(const std::string& reason) {
  ended = reason;
  // As the signalling does: bye to the other end.
  if (other_)
    deliver(other_->self_, [](WebRtcSide& other) {
      if (other.call_ && !other.ended) other.call_->hang_up("hang-up");
    });
}

std::vector<std::int16_t> read_samples(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  const std::vector<char> bytes(std::istreambuf_iterator<char>(in), {});
  std::vector<std::int16_t> samples(bytes.size() / 2);
  std::copy_n(bytes.data(), samples.size() * 2, reinterpret_cast<char*>(samples.data()));
  return samples;
}

double tone_share(const std::vector<std::int16_t>& samples, double hertz, double seconds,
                  int rate) {
  const auto n = static_cast<std::size_t>(seconds * rate);
  if (samples.size() < n) return 0;
  double re = 0;
  double im = 0;
  double energy = 0;
  for (std::size_t i = 0; i < n; ++i) {
    const double x = samples[samples.size() - n + i];
    const double phase = 2 * std::numbers::pi * hertz * static_cast<double>(i) / rate;
    re += x * std::cos(phase);
    im += x * std::sin(phase);
    energy += x * x;
  }
  return energy > 0 ? 2 * (re * re + im * im) / (energy * static_cast<double>(n)) : 0;
}

}  // namespace test_support
