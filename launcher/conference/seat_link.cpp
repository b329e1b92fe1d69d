#include "conference/seat_link.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "scenario/pipeline_elements.hpp"

namespace jackfield::conference {
namespace {

constexpr char kAnswerWhen[] = "answer-when";

double to_db(double factor) { return factor > 0 ? 20 * std::log10(factor) : -100; }

// "" when there is none.
std::string text_property(GObject* object, const char* name) {
  GValue value = G_VALUE_INIT;
  g_object_get_property(object, name, &value);
  const gstpp::CharPtr text{gst_value_serialize(&value)};
  g_value_unset(&value);
  return text ? text.get() : "";
}

gstpp::StructurePtr stats_of(gpointer object) {
  GstStructure* stats = nullptr;
  if (g_object_class_find_property(G_OBJECT_GET_CLASS(object), "stats"))
    g_object_get(object, "stats", &stats, nullptr);
  return gstpp::StructurePtr{stats};
}

double double_in(const GstStructure* stats, const char* field, double fallback) {
  double value = fallback;
  gst_structure_get_double(stats, field, &value);
  return std::isfinite(value) ? std::max(value, -100.0) : fallback;
}

gstpp::ElementPtr named(GstElement* pipeline, const char* factory, const char* name) {
  for (gstpp::ElementPtr& element : find_elements(pipeline, factory)) {
    if (g_str_equal(GST_OBJECT_NAME(element.get()), name)) return std::move(element);
  }
  return nullptr;
}

}  // namespace

// One after the other, on a thread of the pool each.
struct SeatLink::Jobs : std::enable_shared_from_this<SeatLink::Jobs> {
  struct Job {
    std::function<void()> work;
    std::function<void()> done;  // on the main thread; may be empty
  };
  struct Run {
    std::shared_ptr<Jobs> jobs;
    Job job;
  };

  explicit Jobs(GstElement* given) : element(gstpp::share_object(given)) {}

  void add(Job job) {
    waiting.push_back(std::move(job));
    if (!std::exchange(busy, true)) next();
  }

  void next() {
    Job job = std::move(waiting.front());
    waiting.pop_front();
    gst_element_call_async(
        element.get(), [](GstElement*, gpointer user) { static_cast<Run*>(user)->job.work(); },
        new Run{shared_from_this(), std::move(job)},
        [](gpointer user) {
          g_idle_add_full(
              G_PRIORITY_DEFAULT,
              [](gpointer data) -> gboolean {
                static_cast<Run*>(data)->jobs->finished(static_cast<Run*>(data)->job);
                return G_SOURCE_REMOVE;
              },
              user, [](gpointer data) { delete static_cast<Run*>(data); });
        });
  }

  void finished(Job& job) {
    if (wanted && job.done) job.done();
    busy = !waiting.empty();
    if (busy) next();
  }

  gstpp::ElementPtr element;
  std::deque<Job> waiting;
  bool busy = false;
  bool wanted = true;  // somebody is there who waits
};

SeatLink::SeatLink(GstElement* pipeline)
    : seat_(find_element(pipeline, "mixerseat")),
      prompt_(named(pipeline, "appsrc", "prompt")),
      agent_(find_element(pipeline, "agentbrain")) {
  if (agent_ && !g_object_class_find_property(G_OBJECT_GET_CLASS(agent_.get()), kAnswerWhen))
    agent_.reset();
  if (agent_) answer_when_ = text_property(G_OBJECT(agent_.get()), kAnswerWhen);
  if (seat_) jobs_ = std::make_shared<Jobs>(seat_.get());
}

SeatLink::~SeatLink() {
  if (jobs_) jobs_->wanted = false;
}

void SeatLink::join(GstElement* mixer, bool heard, std::function<void()> done) {
  if (!seat_) return;
  mixer_ = gstpp::share_object(mixer);
  // A copy of a function cannot own what is unique.
  const std::shared_ptr<GstElement> room{static_cast<GstElement*>(gst_object_ref(mixer)),
                                         gst_object_unref};
  jobs_->add({.work =
                  [seat = seat_.get(), room, heard] {
                    g_object_set(seat, "mixer", room.get(), nullptr);
                    if (heard) g_object_set(seat, "mute", FALSE, nullptr);
                  },
              .done = std::move(done)});
}

void SeatLink::leave() {
  if (!seat_ || !mixer_) return;
  mixer_.reset();
  jobs_->add({.work = [seat = seat_.get()] { g_object_set(seat, "mixer", nullptr, nullptr); },
              .done = {}});
}

void SeatLink::end_streams() {
  if (!seat_) return;
  mixer_.reset();
  jobs_->add({.work =
                  [seat = seat_.get()] {
                    g_object_set(seat, "mixer", nullptr, nullptr);
                    gst_element_send_event(seat, gst_event_new_eos());
                  },
              .done = {}});
}

int SeatLink::pad_number() const {
  int number = -1;
  if (seat_) g_object_get(seat_.get(), "pad-number", &number, nullptr);
  return number;
}

void SeatLink::set_muted(bool muted) {
  if (seat_) g_object_set(seat_.get(), "mute", muted, nullptr);
}

bool SeatLink::muted() const {
  gboolean muted = FALSE;
  if (seat_) g_object_get(seat_.get(), "mute", &muted, nullptr);
  return muted != FALSE;
}

void SeatLink::set_gain_db(double gain) {
  if (seat_) g_object_set(seat_.get(), "gain", std::pow(10, gain / 20), nullptr);
}

double SeatLink::gain_db() const {
  double gain = 1;
  if (seat_) g_object_get(seat_.get(), "gain", &gain, nullptr);
  return to_db(gain);
}

void SeatLink::set_route(const std::string& route) {
  if (seat_) g_object_set(seat_.get(), "route", route.empty() ? nullptr : route.c_str(), nullptr);
}

void SeatLink::measure(SeatView& view) const {
  view.muted = muted();
  view.gain_db = gain_db();
  const int number = pad_number();
  if (!mixer_ || number < 0) return;
  const gstpp::PadPtr pad{
      gst_element_get_static_pad(mixer_.get(), ("sink_" + std::to_string(number)).c_str())};
  const gstpp::StructurePtr stats = pad ? stats_of(pad.get()) : nullptr;
  if (!stats) return;
  view.level_db = double_in(stats.get(), "level", view.level_db);
  view.voice = gstpp::get_bool(stats.get(), "voice", false);
  view.ducked_db = double_in(stats.get(), "ducked", 0);
  view.missed = gstpp::get_uint64(stats.get(), "missed", 0);
  view.late = gstpp::get_uint64(stats.get(), "late", 0);
  view.dropped = gstpp::get_uint64(stats.get(), "dropped", 0);
}

bool SeatLink::say(const std::string& sentence) {
  if (!prompt_ || !seat_) return false;
  // Behind a leave() that is not done yet: in a room nobody would hear it.
  const std::shared_ptr<GstElement> prompt{static_cast<GstElement*>(gst_object_ref(prompt_.get())),
                                           gst_object_unref};
  jobs_->add({.work =
                  [prompt, sentence] {
                    const gstpp::BufferPtr buffer{
                        gst_buffer_new_memdup(sentence.data(), sentence.size())};
                    GstFlowReturn flow = GST_FLOW_OK;
                    g_signal_emit_by_name(prompt.get(), "push-buffer", buffer.get(), &flow);
                  },
              .done = {}});
  return true;
}

void SeatLink::answer_always(bool always) {
  if (agent_)
    gst_util_set_object_arg(G_OBJECT(agent_.get()), kAnswerWhen,
                            always ? "always" : answer_when_.c_str());
}

gstpp::ElementPtr mixer_of(GstElement* pipeline) {
  for (gstpp::ElementPtr& mixer : find_elements(pipeline, "duckingmixer")) {
    gchar* seats = nullptr;
    g_object_get(mixer.get(), "seats", &seats, nullptr);
    const gstpp::CharPtr owned{seats};
    if (seats && *seats) return std::move(mixer);
  }
  return nullptr;
}

void measure(GstElement* mixer, RoomView& view) {
  if (const gstpp::StructurePtr stats = stats_of(mixer)) {
    view.distinct = double_in(stats.get(), "distinct", 0);
    view.block_time = gstpp::get_uint64(stats.get(), "block-time", 0);
  }
  const gstpp::PadPtr pad{gst_element_get_static_pad(mixer, "src")};
  const gstpp::StructurePtr stats = pad ? stats_of(pad.get()) : nullptr;
  if (stats) view.peak_db = double_in(stats.get(), "peak", view.peak_db);
}

}  // namespace jackfield::conference
