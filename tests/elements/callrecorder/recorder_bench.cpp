#include "recorder_bench.hpp"

#include <glib/gstdio.h>
#include <gst/app/gstappsink.h>

#include <cmath>
#include <cstdlib>
#include <cstring>
#include <numbers>

namespace recorder_bench {
namespace {

gboolean answer_latency(GstPad* pad, GstObject* parent, GstQuery* query) {
  if (GST_QUERY_TYPE(query) == GST_QUERY_LATENCY) {
    gst_query_set_latency(query, gst_pad_get_element_private(pad) != nullptr, 0,
                          GST_CLOCK_TIME_NONE);
    return TRUE;
  }
  return gst_pad_query_default(pad, parent, query);
}

uint64_t number(const std::string& bytes, size_t at, size_t size) {
  uint64_t value = 0;
  for (size_t i = 0; i < size; ++i) {
    value |= static_cast<uint64_t>(static_cast<uint8_t>(bytes.at(at + i))) << (8 * i);
  }
  return value;
}

}  // namespace

Recording read_recording(const std::string& path, bool exact) {
  Recording r;
  gchar* raw = nullptr;
  gsize length = 0;
  if (!g_file_get_contents(path.c_str(), &raw, &length, nullptr)) {
    r.problem = "no file";
    return r;
  }
  gstpp::CharPtr owner{raw};
  const std::string b{raw, length};
  if (length < 80 || b.substr(0, 4) != "RIFF" || b.substr(8, 4) != "WAVE") {
    r.problem = "not a WAV file";
    return r;
  }
  const uint64_t riff_end = number(b, 4, 4) + 8;
  if (riff_end > length || (exact && riff_end != length)) {
    r.problem = "RIFF size does not fit the file";
    return r;
  }
  uint64_t channels = 0;
  for (size_t at = 12; at + 8 <= riff_end;) {
    const std::string tag = b.substr(at, 4);
    const uint64_t size = number(b, at + 4, 4);
    at += 8;
    if (at + size > riff_end) {
      r.problem = "chunk " + tag + " is larger than the file";
      return r;
    }
    if (tag == "fmt ") {
      channels = number(b, at + 2, 2);
      if (number(b, at, 2) != 1 || channels < 1 || channels > 2 || number(b, at + 14, 2) != 16 ||
          number(b, at + 12, 2) != channels * 2) {
        r.problem = "not 16-bit PCM of one or two channels";
        return r;
      }
      r.rate = static_cast<uint32_t>(number(b, at + 4, 4));
    } else if (tag == "data") {
      for (size_t i = 0; channels == 1 && i + 2 <= size; i += 2) {
        r.mix.push_back(static_cast<int16_t>(number(b, at + i, 2)));
      }
      for (size_t i = 0; channels == 2 && i + 4 <= size; i += 4) {
        r.caller.push_back(static_cast<int16_t>(number(b, at + i, 2)));
        r.agent.push_back(static_cast<int16_t>(number(b, at + i + 2, 2)));
      }
    }
    at += size + (size & 1);
  }
  if (r.rate == 0) r.problem = "no fmt chunk";
  return r;
}

Recording decode_ogg(const std::string& path) {
  Recording r;
  gstpp::CharPtr text{g_strdup_printf(
      "filesrc location=\"%s\" ! oggdemux ! opusdec ! audioconvert ! audioresample ! "
      "audio/x-raw,format=S16LE,rate=8000,channels=2 ! appsink name=out sync=false",
      path.c_str())};
  gstpp::ErrorPtr error;
  GstElement* raw = gst_parse_launch(text.get(), gstpp::OutPtr{error});
  if (!raw || error) {
    r.problem = error ? error->message : "no pipeline";
    return r;
  }
  gstpp::ElementPtr pipeline{static_cast<GstElement*>(gst_object_ref_sink(raw))};
  gstpp::ElementPtr sink{gst_bin_get_by_name(GST_BIN(pipeline.get()), "out")};
  gst_element_set_state(pipeline.get(), GST_STATE_PLAYING);
  while (GstSample* sample =
             gst_app_sink_try_pull_sample(GST_APP_SINK(sink.get()), 10 * GST_SECOND)) {
    gstpp::MappedBuffer map{gst_sample_get_buffer(sample), GST_MAP_READ};
    const auto samples = map.as<int16_t>();
    for (size_t i = 0; i + 1 < samples.size(); i += 2) {
      r.caller.push_back(samples[i]);
      r.agent.push_back(samples[i + 1]);
    }
    gst_sample_unref(sample);
  }
  gstpp::BusPtr bus{gst_element_get_bus(pipeline.get())};
  gstpp::MessagePtr failed{gst_bus_pop_filtered(bus.get(), GST_MESSAGE_ERROR)};
  if (failed) {
    gst_message_parse_error(failed.get(), gstpp::OutPtr{error}, nullptr);
    r.problem = error->message;
  }
  gst_element_set_state(pipeline.get(), GST_STATE_NULL);
  r.rate = 8000;
  return r;
}

std::vector<int16_t> tone(size_t samples, double hz, int rate, double amplitude) {
  std::vector<int16_t> v(samples);
  for (size_t i = 0; i < samples; ++i) {
    const double phase = 2 * std::numbers::pi * hz * static_cast<double>(i) / rate;
    v[i] = static_cast<int16_t>(std::lround(amplitude * std::sin(phase)));
  }
  return v;
}

int largest_step(const std::vector<int16_t>& samples) {
  int largest = 0;
  for (size_t i = 1; i < samples.size(); ++i) {
    largest = std::max(largest, std::abs(samples[i] - samples[i - 1]));
  }
  return largest;
}

TemporaryFolder::TemporaryFolder() {
  gstpp::CharPtr made{g_dir_make_tmp("callrecorder-XXXXXX", nullptr)};
  path_ = made ? made.get() : "";
}
TemporaryFolder::~TemporaryFolder() {
  if (GDir* dir = g_dir_open(path_.c_str(), 0, nullptr)) {
    while (const gchar* name = g_dir_read_name(dir)) g_remove(file(name).c_str());
    g_dir_close(dir);
  }
  g_rmdir(path_.c_str());
}

RecorderBench::RecorderBench(const std::string& properties, bool live)
    : clock_(gst_test_clock_new()), live_(live) {
  gst_object_ref_sink(clock_.get());
  const std::string text = "callrecorder name=r " + properties;
  GstElement* raw = gst_parse_launch(("pipeline.( " + text + " )").c_str(), nullptr);
  pipeline_.reset(static_cast<GstElement*>(gst_object_ref_sink(raw)));
  recorder_.reset(gst_bin_get_by_name(GST_BIN(pipeline_.get()), "r"));
  gst_pipeline_use_clock(GST_PIPELINE(pipeline_.get()), clock_.get());
}

RecorderBench::~RecorderBench() {
  gst_element_set_state(pipeline_.get(), GST_STATE_NULL);
  for (Feed& feed : feeds_) gst_pad_set_active(feed.src.get(), FALSE);
}

GstStateChangeReturn RecorderBench::set_state(GstState state) {
  return gst_element_set_state(pipeline_.get(), state);
}

GstPad* RecorderBench::add(const char* side, const std::string& caps_text) {
  Feed feed;
  feed.sink.reset(gst_element_request_pad_simple(recorder_.get(), side));
  if (!feed.sink) return nullptr;
  GstPad* src = gst_pad_new(side, GST_PAD_SRC);
  gst_object_ref_sink(src);
  feed.src.reset(src);
  gst_pad_set_element_private(src, live_ ? this : nullptr);
  gst_pad_set_query_function(src, answer_latency);
  gst_pad_set_active(src, TRUE);
  gst_pad_link(src, feed.sink.get());
  gst_pad_push_event(src, gst_event_new_stream_start(side));
  gstpp::CapsPtr caps{gst_caps_from_string(caps_text.c_str())};
  gst_pad_push_event(src, gst_event_new_caps(caps.get()));
  GstSegment segment;
  gst_segment_init(&segment, GST_FORMAT_TIME);
  gst_pad_push_event(src, gst_event_new_segment(&segment));
  feeds_.push_back(std::move(feed));
  return src;
}

void RecorderBench::remove(const char* side) {
  std::erase_if(feeds_, [&](Feed& feed) {
    if (g_strcmp0(GST_OBJECT_NAME(feed.src.get()), side) != 0) return false;
    gst_pad_unlink(feed.src.get(), feed.sink.get());
    gst_element_release_request_pad(recorder_.get(), feed.sink.get());
    gst_pad_set_active(feed.src.get(), FALSE);
    return true;
  });
}

void RecorderBench::set_time(GstClockTime running_time) {
  gst_test_clock_set_time(GST_TEST_CLOCK(clock_.get()),
                          gst_element_get_base_time(pipeline_.get()) + running_time);
}

GstFlowReturn RecorderBench::push_bytes(GstPad* pad, GstClockTime at,
                                        const std::vector<uint8_t>& bytes) {
  GstBuffer* buffer = gst_buffer_new_memdup(bytes.data(), bytes.size());
  GST_BUFFER_PTS(buffer) = at;
  return gst_pad_push(pad, buffer);
}

GstFlowReturn RecorderBench::push(GstPad* pad, GstClockTime at,
                                  const std::vector<int16_t>& samples) {
  std::vector<uint8_t> bytes(samples.size() * sizeof(int16_t));
  if (!bytes.empty()) std::memcpy(bytes.data(), samples.data(), bytes.size());
  return push_bytes(pad, at, bytes);
}

void RecorderBench::speak(GstPad* pad, GstClockTime at, const std::vector<int16_t>& samples,
                          int rate) {
  const auto frame = static_cast<size_t>(rate / 50);
  for (size_t i = 0; i < samples.size(); i += frame) {
    set_time(at);
    const size_t end = std::min(i + frame, samples.size());
    push(pad, at,
         {samples.begin() + static_cast<long>(i), samples.begin() + static_cast<long>(end)});
    at += 20 * GST_MSECOND;
  }
  set_time(at);
}

void RecorderBench::eos(GstPad* pad) { gst_pad_push_event(pad, gst_event_new_eos()); }

gstpp::MessagePtr RecorderBench::wait_for(GstMessageType type) {
  gstpp::BusPtr bus{gst_element_get_bus(pipeline_.get())};
  gstpp::MessagePtr message{gst_bus_timed_pop_filtered(
      bus.get(), 20 * GST_SECOND, static_cast<GstMessageType>(type | GST_MESSAGE_ERROR))};
  if (message && GST_MESSAGE_TYPE(message.get()) != type) message.reset();
  return message;
}

std::string RecorderBench::wait_for_problem(GstMessageType type) {
  gstpp::MessagePtr message = wait_for(type);
  if (!message) return "";
  gstpp::ErrorPtr error;
  if (type == GST_MESSAGE_ERROR) {
    gst_message_parse_error(message.get(), gstpp::OutPtr{error}, nullptr);
  } else {
    gst_message_parse_warning(message.get(), gstpp::OutPtr{error}, nullptr);
  }
  return error->message;
}

bool RecorderBench::has_message(GstMessageType type) {
  gstpp::BusPtr bus{gst_element_get_bus(pipeline_.get())};
  gstpp::MessagePtr message{gst_bus_pop_filtered(bus.get(), type)};
  return message != nullptr;
}

guint64 RecorderBench::stat(const char* field) {
  GstStructure* raw = nullptr;
  g_object_get(recorder_.get(), "stats", &raw, nullptr);
  gstpp::StructurePtr stats{raw};
  return gstpp::get_uint64(raw, field, 0);
}

bool RecorderBench::wait_for_stat(const char* field, guint64 at_least) {
  for (int i = 0; i < 2000; ++i) {
    if (stat(field) >= at_least) return true;
    g_usleep(10'000);
  }
  return false;
}

}  // namespace recorder_bench
