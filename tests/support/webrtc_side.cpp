#include "webrtc_side.hpp"

#include <glib/gstdio.h>

#include <cmath>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <mutex>
#include <numbers>
#include <stdexcept>

#include "records/message_json.hpp"
#include "scenario/pipeline_file.hpp"
#include "scenario/pipeline_elements.hpp"

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

namespace {

// Every element of libnice that was ever made, held weakly.
struct NiceElements {
  std::mutex lock;
  std::vector<std::unique_ptr<GWeakRef>> all;

  static NiceElements& instance() {
    static NiceElements elements;
    return elements;
  }
  void watch() {
    static const gulong hook = [] {
      g_type_class_unref(g_type_class_ref(GST_TYPE_BIN));
      return g_signal_add_emission_hook(g_signal_lookup("deep-element-added", GST_TYPE_BIN), 0,
                                        added, nullptr, nullptr);
    }();
    static_cast<void>(hook);
  }
  static gboolean added(GSignalInvocationHint*, guint, const GValue* values, gpointer) {
    gpointer element = g_value_get_object(&values[2]);
    GstElementFactory* factory = gst_element_get_factory(GST_ELEMENT(element));
    if (!factory || !g_str_has_prefix(GST_OBJECT_NAME(factory), "nice")) return TRUE;
    NiceElements& self = instance();
    const std::lock_guard guard(self.lock);
    self.all.push_back(std::make_unique<GWeakRef>());
    g_weak_ref_init(self.all.back().get(), element);
    return TRUE;
  }
};

bool writes_to(GstElement* element, const std::string& location) {
  GstElement* top = element;
  while (GST_OBJECT_PARENT(top)) top = GST_ELEMENT(GST_OBJECT_PARENT(top));
  if (!GST_IS_BIN(top)) return false;
  for (const auto& sink : jackfield::find_elements(top, "filesink")) {
    gchar* text = nullptr;
    g_object_get(sink.get(), "location", &text, nullptr);
    const gstpp::CharPtr owned{text};
    if (text && location == text) return true;
  }
  return false;
}

}  // namespace

WebRtcSide::WebRtcSide(const TemporaryFolder& folder, const std::string& pipeline,
                       std::map<std::string, std::string, std::less<>> variables,
                       std::size_t max_sessions) {
  std::string error;
  auto file = jackfield::PipelineFile::read(pipeline, error);
  if (!file) throw std::runtime_error(error);
  jackfield::Variables given = jackfield::standard_variables();
  for (const auto& [name, value] : variables) given.command_line[name] = value;
  NiceElements::instance().watch();
  out_ = variables["OUT"];
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
  other_ = other.self_;
  other.other_ = self_;
}

void WebRtcSide::call(WebRtcSide& other) {
  connect_to(other);
  make_call().start_offer();
}

void WebRtcSide::cut_off() {
  NiceElements& elements = NiceElements::instance();
  const std::lock_guard guard(elements.lock);
  for (const auto& weak : elements.all) {
    const gstpp::ElementPtr element{static_cast<GstElement*>(g_weak_ref_get(weak.get()))};
    if (!element || !writes_to(element.get(), out_)) continue;
    for (const char* name : {"src", "sink"}) {
      const gstpp::PadPtr pad{gst_element_get_static_pad(element.get(), name)};
      if (!pad) continue;
      gst_pad_add_probe(
          pad.get(),
          static_cast<GstPadProbeType>(GST_PAD_PROBE_TYPE_BUFFER | GST_PAD_PROBE_TYPE_BUFFER_LIST),
          [](GstPad*, GstPadProbeInfo*, gpointer) { return GST_PAD_PROBE_DROP; }, nullptr, nullptr);
    }
  }
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
  deliver(other_, [said](WebRtcSide& other) { other.receive(said); });
}

void WebRtcSide::send(const Candidate& candidate) {
  candidates.push_back(candidate);
  Candidate said = candidate;
  if (!other_ || (on_candidate && !on_candidate(said))) return;
  deliver(other_, [said](WebRtcSide& other) { other.receive(said); });
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
    deliver(other_, [](WebRtcSide& other) {
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
