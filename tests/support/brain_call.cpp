#include <gtest/gtest.h>

#include <algorithm>

#include "brain_stages.hpp"

namespace brain_test {

Call::Call(const std::string& agent_properties, const std::string& sink) {
  const std::string text =
      "testcaller name=caller ! agentbrain name=agent " + agent_properties + " ! " + sink;
  gstpp::ErrorPtr error;
  GstElement* raw = gst_parse_launch(text.c_str(), gstpp::OutPtr{error});
  EXPECT_FALSE(error) << error->message;
  pipeline_.reset(static_cast<GstElement*>(gst_object_ref_sink(raw)));
  agent_.reset(gst_bin_get_by_name(GST_BIN(raw), "agent"));
  caller_.reset(gst_bin_get_by_name(GST_BIN(raw), "caller"));
  detector_.reset(gst_bin_get_by_name(GST_BIN(agent_.get()), "detector"));
  bus_.reset(gst_element_get_bus(raw));
}

Call::~Call() {
  stop();
  EXPECT_TRUE(errors.empty()) << errors.front();
}

void Call::play() {
  ASSERT_NE(gst_element_set_state(pipeline_.get(), GST_STATE_PLAYING), GST_STATE_CHANGE_FAILURE);
  gst_element_get_state(pipeline_.get(), nullptr, nullptr, GST_SECOND);
  running_ = true;
  thread_ = std::thread([this] { run(); });
}

void Call::stop() {
  running_ = false;
  gst_element_set_state(pipeline_.get(), GST_STATE_NULL);
  if (thread_.joinable()) thread_.join();
}

GstElement* Call::part(const char* name) {
  GstElement* element = gst_bin_get_by_name(GST_BIN(agent_.get()), name);
  if (element) gst_object_unref(element);  // the bin keeps it
  return element;
}

GstClockTime Call::now() {
  const GstClockTime t = gstpp::running_time(pipeline_.get());
  return GST_CLOCK_TIME_IS_VALID(t) ? t : 0;
}

void Call::run() {
  gstpp::PadPtr pad{gst_element_get_static_pad(caller_.get(), "src")};
  GST_PAD_STREAM_LOCK(pad.get());
  gst_pad_push_event(pad.get(), gst_event_new_stream_start("caller"));
  gstpp::CapsPtr caps{gst_pad_get_pad_template_caps(pad.get())};
  gst_pad_push_event(pad.get(), gst_event_new_caps(caps.get()));
  GstSegment segment;
  gst_segment_init(&segment, GST_FORMAT_TIME);
  gst_pad_push_event(pad.get(), gst_event_new_segment(&segment));
  GST_PAD_STREAM_UNLOCK(pad.get());
  for (GstClockTime at = now(); running_; at += 20 * kMs) {
    while (running_ && now() < at) {
      std::function<void()> task;
      {
        std::lock_guard guard(lock_);
        if (!tasks_.empty()) task = std::move(tasks_.front());
        if (task) tasks_.pop_front();
      }
      if (task) {
        task();
        done_.notify_all();
      } else {
        g_usleep(500);
      }
    }
    gstpp::BufferPtr buffer{gst_buffer_new_allocate(nullptr, 320, nullptr)};
    gst_buffer_memset(buffer.get(), 0, 0, 320);
    GST_BUFFER_PTS(buffer.get()) = at;
    GST_BUFFER_DURATION(buffer.get()) = 20 * kMs;
    const GstClockTime before = gst_util_get_timestamp();
    GST_PAD_STREAM_LOCK(pad.get());
    const GstFlowReturn flow = gst_pad_push(pad.get(), buffer.release());
    GST_PAD_STREAM_UNLOCK(pad.get());
    const GstClockTime took = gst_util_get_timestamp() - before;
    if (took > longest_push_) longest_push_ = took;
    if (flow != GST_FLOW_OK) {
      EXPECT_TRUE(!running_ || flow == GST_FLOW_FLUSHING || flow == GST_FLOW_EOS)
          << gst_flow_get_name(flow);
      break;
    }
  }
  running_ = false;
  done_.notify_all();
}

void Call::on_caller(std::function<void()> task) {
  auto ready = std::make_shared<std::atomic<bool>>(false);
  std::unique_lock lock(lock_);
  tasks_.push_back([task = std::move(task), ready] {
    task();
    *ready = true;
  });
  while (!*ready && running_) done_.wait_for(lock, std::chrono::milliseconds(5));
}

void Call::speech_start() {
  on_caller([this] {
    const GstClockTime t = now();
    const GstClockTime before = gst_util_get_timestamp();
    g_signal_emit_by_name(detector_.get(), "speech-start", ++turn_id_, t, t);
    longest_push_ = std::max<guint64>(longest_push_, gst_util_get_timestamp() - before);
    gstpp::PadPtr pad{gst_element_get_static_pad(caller_.get(), "src")};
    gst_pad_push_event(pad.get(), jackfield::make_event(jackfield::TurnStart{turn_id_, t}));
  });
}

void Call::speech_end() {
  on_caller([this] {
    const GstClockTime t = now();
    g_signal_emit_by_name(detector_.get(), "speech-end", turn_id_, t, t);
    gstpp::PadPtr pad{gst_element_get_static_pad(caller_.get(), "src")};
    gst_pad_push_event(pad.get(), jackfield::make_event(jackfield::TurnEnd{
                                      .turn_id = turn_id_, .speech_end = t, .decided_at = t}));
  });
}

void Call::say(const std::string& text, GstClockTime length) {
  speech_start();
  g_usleep(length / 1000);
  {
    std::lock_guard guard(world().lock);
    world().hears.push_back(text);
  }
  speech_end();
}

void Call::send_eos() {
  on_caller([this] {
    running_ = false;
    gstpp::PadPtr pad{gst_element_get_static_pad(caller_.get(), "src")};
    gst_pad_push_event(pad.get(), gst_event_new_eos());
  });
}

gstpp::StructurePtr Call::wait(const char* name, GstClockTime timeout,
                               const std::function<bool(const GstStructure*)>& accept) {
  const GstClockTime end = gst_util_get_timestamp() + timeout;
  for (GstClockTime t = gst_util_get_timestamp(); t < end; t = gst_util_get_timestamp()) {
    gstpp::MessagePtr message{gst_bus_timed_pop_filtered(
        bus_.get(), end - t,
        static_cast<GstMessageType>(GST_MESSAGE_ELEMENT | GST_MESSAGE_ERROR | GST_MESSAGE_WARNING |
                                    GST_MESSAGE_EOS))};
    if (!message) break;
    if (GST_MESSAGE_TYPE(message.get()) == GST_MESSAGE_WARNING) {
      gstpp::ErrorPtr warning;
      gst_message_parse_warning(message.get(), gstpp::OutPtr{warning}, nullptr);
      warnings_.emplace_back(warning->message);
      if (g_str_equal(name, "warning"))
        return gstpp::StructurePtr{gst_structure_new_empty("warning")};
      continue;
    }
    if (GST_MESSAGE_TYPE(message.get()) == GST_MESSAGE_ERROR) {
      gstpp::ErrorPtr error;
      gst_message_parse_error(message.get(), gstpp::OutPtr{error}, nullptr);
      errors.emplace_back(error->message);
      continue;
    }
    if (GST_MESSAGE_TYPE(message.get()) == GST_MESSAGE_EOS) {
      if (g_str_equal(name, "eos")) return gstpp::StructurePtr{gst_structure_new_empty("eos")};
      continue;
    }
    const GstStructure* s = gst_message_get_structure(message.get());
    if (gst_structure_has_name(s, name) && (!accept || accept(s))) {
      return gstpp::StructurePtr{gst_structure_copy(s)};
    }
  }
  return nullptr;
}

std::string Call::warning(GstClockTime timeout) {
  if (warnings_.empty()) wait("warning", timeout);
  if (warnings_.empty()) return {};
  std::string text = std::move(warnings_.front());
  warnings_.pop_front();
  return text;
}

bool Call::wait_state(const char* state, GstClockTime timeout) {
  return wait("agentbrain/state", timeout, [&](const GstStructure* s) {
           return gstpp::get_string(s, "state") == state;
         }) != nullptr;
}

bool Call::until(const std::function<bool()>& condition, GstClockTime timeout) {
  const GstClockTime end = gst_util_get_timestamp() + timeout;
  while (!condition()) {
    if (gst_util_get_timestamp() > end) return false;
    g_usleep(1000);
  }
  return true;
}

guint64 Call::stat(const char* name) {
  GstStructure* stats = nullptr;
  g_object_get(agent_.get(), "stats", &stats, nullptr);
  gstpp::StructurePtr owned{stats};
  return gstpp::get_uint64(owned.get(), name, G_MAXUINT64);
}

}  // namespace brain_test
