// An agent with a language model stage of its own, in C++: an element known to this process only.
// It answers what the caller said last, and says goodbye to "goodbye".
//
//   c++ -std=c++17 own_llm.cpp -o own_llm $(pkg-config --cflags --libs gstreamer-1.0)
//   ./own_llm PORT GRAMMAR
//
// Answers one call on ws://127.0.0.1:PORT/calls.
#include <gst/gst.h>

#include <atomic>
#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

namespace {

// --- The stage: text -> text
// -----------------------------------------------------------------------

struct Parrot {
  GstElement parent;
  GstPad* sink;
  GstPad* src;
  std::string* question;
  std::atomic<bool>* cancelled;  // by a flush, from another thread
};
struct ParrotClass {
  GstElementClass parent;
};
G_DEFINE_TYPE(Parrot, parrot, GST_TYPE_ELEMENT)

GstStaticPadTemplate sink_template = GST_STATIC_PAD_TEMPLATE(
    "sink", GST_PAD_SINK, GST_PAD_ALWAYS, GST_STATIC_CAPS("text/x-raw, format = (string) utf8"));
GstStaticPadTemplate src_template = GST_STATIC_PAD_TEMPLATE(
    "src", GST_PAD_SRC, GST_PAD_ALWAYS, GST_STATIC_CAPS("text/x-raw, format = (string) utf8"));

// The agent may speak before anything has come from the caller.
void ensure_started(Parrot* self) {
  if (GstEvent* sent = gst_pad_get_sticky_event(self->src, GST_EVENT_SEGMENT, 0)) {
    gst_event_unref(sent);
    return;
  }
  GstSegment segment;
  gst_segment_init(&segment, GST_FORMAT_TIME);
  GstCaps* caps = gst_static_pad_template_get_caps(&src_template);
  gst_pad_push_event(self->src, gst_event_new_stream_start("parrot"));
  gst_pad_push_event(self->src, gst_event_new_caps(caps));
  gst_pad_push_event(self->src, gst_event_new_segment(&segment));
  gst_caps_unref(caps);
}

// Runs in the thread of agentbrain that waits for the answer: a model may take its time here.
void answer(Parrot* self, guint turn, bool not_understood) {
  const std::string question = std::move(*self->question);
  self->question->clear();
  std::vector<std::string> sentences;
  if (turn == 0) {
    sentences = {"Hello, I am a parrot."};
  } else if (question == "goodbye") {
    sentences = {"Goodbye."};
  } else if (!question.empty()) {
    sentences = {"You said " + question + ".", "What else?"};
  } else if (not_understood) {
    sentences = {"I did not understand that."};
  }
  ensure_started(self);
  for (const std::string& sentence : sentences) {  // each as soon as it is there
    if (*self->cancelled) return;
    GstBuffer* buffer = gst_buffer_new_memdup(sentence.data(), sentence.size());
    GST_BUFFER_PTS(buffer) = gst_element_get_current_running_time(GST_ELEMENT(self));
    if (gst_pad_push(self->src, buffer) != GST_FLOW_OK) return;
  }
  gst_pad_push_event(
      self->src, gst_event_new_custom(
                     GST_EVENT_CUSTOM_DOWNSTREAM,
                     gst_structure_new("VoiceReplyEnd", "turn-id", G_TYPE_UINT, turn, "hang-up",
                                       G_TYPE_BOOLEAN, gboolean{question == "goodbye"}, "transfer",
                                       G_TYPE_STRING, "", nullptr)));
}

GstFlowReturn on_text(GstPad*, GstObject* parent, GstBuffer* buffer) {
  auto* self = reinterpret_cast<Parrot*>(parent);
  GstMapInfo map;
  if (gst_buffer_map(buffer, &map, GST_MAP_READ)) {
    if (!self->question->empty()) *self->question += ' ';
    self->question->append(reinterpret_cast<const char*>(map.data), map.size);
    gst_buffer_unmap(buffer, &map);
  }
  gst_buffer_unref(buffer);
  return GST_FLOW_OK;
}

gboolean on_event(GstPad* pad, GstObject* parent, GstEvent* event) {
  auto* self = reinterpret_cast<Parrot*>(parent);
  if (GST_EVENT_TYPE(event) == GST_EVENT_FLUSH_START) *self->cancelled = true;
  if (GST_EVENT_TYPE(event) == GST_EVENT_FLUSH_STOP) {
    *self->cancelled = false;
    self->question->clear();
  }
  const GstStructure* s = gst_event_get_structure(event);
  if (gst_event_has_name(event, "VoiceTurnEnd")) {
    guint turn = 0;
    gboolean not_understood = FALSE;
    gst_structure_get(s, "turn-id", G_TYPE_UINT, &turn, "not-understood", G_TYPE_BOOLEAN,
                      &not_understood, nullptr);
    ensure_started(self);
    gst_pad_push_event(self->src, event);
    answer(self, turn, not_understood);
    return TRUE;
  }
  if (gst_event_has_name(event, "VoiceHeard")) {
    // Here a model's history is cut to what was heard of the reply before.
    g_print("heard of the last reply: '%s'\n", gst_structure_get_string(s, "text"));
    gst_event_unref(event);
    return TRUE;
  }
  if (GST_EVENT_TYPE(event) == GST_EVENT_CAPS) return gst_pad_push_event(self->src, event);
  return gst_pad_event_default(pad, parent, event);
}

void parrot_finalize(GObject* object) {
  auto* self = reinterpret_cast<Parrot*>(object);
  delete self->question;
  delete self->cancelled;
  G_OBJECT_CLASS(parrot_parent_class)->finalize(object);
}

void parrot_init(Parrot* self) {
  self->question = new std::string;
  self->cancelled = new std::atomic<bool>{false};
  self->sink = gst_pad_new_from_static_template(&sink_template, "sink");
  self->src = gst_pad_new_from_static_template(&src_template, "src");
  gst_pad_set_chain_function(self->sink, on_text);
  gst_pad_set_event_function(self->sink, on_event);
  gst_element_add_pad(GST_ELEMENT(self), self->sink);
  gst_element_add_pad(GST_ELEMENT(self), self->src);
}

void parrot_class_init(ParrotClass* klass) {
  G_OBJECT_CLASS(klass)->finalize = parrot_finalize;
  gst_element_class_add_static_pad_template(GST_ELEMENT_CLASS(klass), &sink_template);
  gst_element_class_add_static_pad_template(GST_ELEMENT_CLASS(klass), &src_template);
  gst_element_class_set_static_metadata(GST_ELEMENT_CLASS(klass), "Parrot", "Filter/Text",
                                        "Says what the caller said",
                                        "A reader of docs/embedding.md");
}

// --- The application
// ---------------------------------------------------------------------------------

struct Unref {
  void operator()(gpointer object) const { gst_object_unref(object); }
};
struct Free {
  void operator()(GMainLoop* loop) const { g_main_loop_unref(loop); }
};

bool failed = false;

gboolean on_message(GstBus*, GstMessage* message, gpointer loop) {
  const GstStructure* s = gst_message_get_structure(message);
  if (GST_MESSAGE_TYPE(message) == GST_MESSAGE_ERROR) {
    GError* error = nullptr;
    gst_message_parse_error(message, &error, nullptr);
    g_printerr("%s\n", error->message);
    g_error_free(error);
    failed = true;
    g_main_loop_quit(static_cast<GMainLoop*>(loop));
  } else if (GST_MESSAGE_TYPE(message) == GST_MESSAGE_EOS) {
    g_main_loop_quit(static_cast<GMainLoop*>(loop));
  } else if (s && gst_structure_has_name(s, "agentbrain/reply")) {
    g_print("agent: %s\n", gst_structure_get_string(s, "text"));
  } else if (s && gst_structure_has_name(s, "twilio/call-ended")) {
    g_print("call ended: %s\n", gst_structure_get_string(s, "reason"));
  }
  return G_SOURCE_CONTINUE;
}

}  // namespace

int main(int argc, char** argv) {
  gst_init(&argc, &argv);
  if (argc != 3) {
    g_printerr("usage: %s PORT GRAMMAR\n", argv[0]);
    return 2;
  }
  gst_element_register(nullptr, "parrotllm", GST_RANK_NONE, parrot_get_type());

  std::unique_ptr<GstElement, Unref> pipeline{gst_parse_launch(
      "twiliosrc name=source path=/calls ! mulawdec ! agentbrain name=brain llm=parrotllm ! "
      "mulawenc ! twiliosink",
      nullptr)};
  std::unique_ptr<GstElement, Unref> source{gst_bin_get_by_name(GST_BIN(pipeline.get()), "source")};
  std::unique_ptr<GstElement, Unref> brain{gst_bin_get_by_name(GST_BIN(pipeline.get()), "brain")};
  const std::string stt = "pocketsphinxstt grammar=\"" + std::string{argv[2]} + "\"";
  g_object_set(source.get(), "port", static_cast<guint>(std::atoi(argv[1])), nullptr);
  g_object_set(brain.get(), "stt", stt.c_str(), nullptr);

  std::unique_ptr<GMainLoop, Free> loop{g_main_loop_new(nullptr, FALSE)};
  std::unique_ptr<GstBus, Unref> bus{gst_element_get_bus(pipeline.get())};
  const guint watch = gst_bus_add_watch(bus.get(), on_message, loop.get());
  gst_element_set_state(pipeline.get(), GST_STATE_PLAYING);
  g_main_loop_run(loop.get());
  gst_element_set_state(pipeline.get(), GST_STATE_NULL);
  g_source_remove(watch);
  return failed ? 1 : 0;
}
