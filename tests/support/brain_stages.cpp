#include "brain_stages.hpp"

#include <algorithm>
#include <memory>
#include <sstream>

#include "blocking_query.hpp"

namespace brain_test {
namespace {

std::unique_ptr<World> the_world = std::make_unique<World>();

struct Node;
struct Kind {
  const char* name;
  const char* sink_caps;
  const char* src_caps;
  GstFlowReturn (*chain)(Node*, gstpp::BufferPtr);
  bool (*event)(Node*, gstpp::EventPtr);
  bool (*query)(Node*, GstPad*, GstQuery*);
};
struct NodeState {
  std::vector<std::string> question;
  GstClockTime next = 0;
  std::mutex lock;
  std::condition_variable wake;
  bool flushing = false;
  bool greeted = false;
};
struct Node {
  GstElement parent;
  GstPad* sink;
  GstPad* src;
  NodeState* s;
};
struct NodeClass {
  GstElementClass parent;
  const Kind* kind;
};
Node* node(gpointer p) { return static_cast<Node*>(p); }
const Kind& kind_of(Node* n) {
  return *(G_TYPE_INSTANCE_GET_CLASS(n, GST_TYPE_ELEMENT, NodeClass))->kind;
}

GstClockTime now(Node* n) {
  const GstClockTime t = gstpp::running_time(GST_ELEMENT(n));
  return GST_CLOCK_TIME_IS_VALID(t) ? t : 0;
}

gstpp::BufferPtr make_text(const std::string& text) {
  gstpp::BufferPtr buffer{gst_buffer_new_allocate(nullptr, text.size(), nullptr)};
  gst_buffer_fill(buffer.get(), 0, text.data(), text.size());
  return buffer;
}
std::string read_text(GstBuffer* buffer) {
  gstpp::MappedBuffer map{buffer, GST_MAP_READ};
  return {reinterpret_cast<const char*>(map.data()), map.size()};
}
bool forward(Node* n, gstpp::EventPtr event) {
  return gst_pad_event_default(n->sink, GST_OBJECT(n), event.release());
}
// The caps of the other side in place of those that came.
bool own_caps(Node* n) {
  gstpp::CapsPtr caps{gst_caps_from_string(kind_of(n).src_caps)};
  return gst_pad_push_event(n->src, gst_event_new_caps(caps.get()));
}

// --- STT --------------------------------------------------------------------------------------

bool next_heard(std::string& text) {
  std::lock_guard guard(world().lock);
  if (world().hears.empty()) return false;
  text = world().hears.front();
  world().hears.pop_front();
  return true;
}

GstFlowReturn stt_chain(Node* n, gstpp::BufferPtr) {
  if (!world().stt_fails) return GST_FLOW_OK;
  GST_ELEMENT_ERROR(n, RESOURCE, FAILED, ("the ear is broken"), (nullptr));
  return GST_FLOW_ERROR;
}
bool is_reserve(Node* n) { return g_str_has_prefix(kind_of(n).name, "reserve"); }

GstFlowReturn reserve_stt_chain(Node*, gstpp::BufferPtr buffer) {
  world().reserve_audio += gst_buffer_get_size(buffer.get());
  return GST_FLOW_OK;
}
bool stt_event(Node* n, gstpp::EventPtr event) {
  if (GST_EVENT_TYPE(event.get()) == GST_EVENT_CAPS) return own_caps(n);
  if (world().stt_swallows && !is_reserve(n) && jackfield::parse_turn_end(event.get())) return true;
  if (const auto start = jackfield::parse_turn_start(event.get())) {
    std::string interim;
    {
      std::lock_guard guard(world().lock);
      interim = world().interim;
    }
    if (!interim.empty()) {
      gst_pad_push_event(n->sink, jackfield::make_event(jackfield::Interim{
                                      .turn_id = start->turn_id, .text = interim}));
    }
  }
  if (auto end = jackfield::parse_turn_end(event.get())) {
    std::string text;
    next_heard(text);
    if (text == "?") {
      end->not_understood = true;
    } else if (!text.empty()) {
      gstpp::BufferPtr buffer = make_text(text);
      GST_BUFFER_PTS(buffer.get()) = end->speech_end;
      gst_pad_push(n->src, buffer.release());
    }
    return gst_pad_push_event(n->src, jackfield::make_event(*end));
  }
  return forward(n, std::move(event));
}
bool stt_query(Node* n, GstPad* pad, GstQuery* query) {
  return jackfield::answer_never_blocks(query, GST_ELEMENT(n)) ||
         gst_pad_query_default(pad, GST_OBJECT(n), query);
}
GstFlowReturn foreign_stt_chain(Node* n, gstpp::BufferPtr buffer) {
  while (world().stt_blocks) g_usleep(1000);
  std::string text;
  if (!next_heard(text) || text.empty()) return GST_FLOW_OK;
  gstpp::BufferPtr out = make_text(text);
  GST_BUFFER_PTS(out.get()) = GST_BUFFER_PTS(buffer.get());
  return gst_pad_push(n->src, out.release());
}
bool foreign_event(Node* n, gstpp::EventPtr event) {
  if (GST_EVENT_TYPE(event.get()) == GST_EVENT_CAPS) return own_caps(n);
  return forward(n, std::move(event));
}
bool deaf_event(Node* n, gstpp::EventPtr event) {
  if (GST_EVENT_TYPE(event.get()) == GST_EVENT_CUSTOM_DOWNSTREAM) return true;
  return foreign_event(n, std::move(event));
}

// --- LLM --------------------------------------------------------------------------------------

GstFlowReturn llm_chain(Node* n, gstpp::BufferPtr buffer) {
  n->s->question.push_back(read_text(buffer.get()));
  if (is_reserve(n) ? !world().reserve_fails : !world().llm_fails) return GST_FLOW_OK;
  GST_ELEMENT_ERROR(n, RESOURCE, FAILED, ("no thoughts today"), (nullptr));
  return GST_FLOW_ERROR;
}

// False when a flush ended it.
bool think(Node* n, GstClockTime ns) {
  std::unique_lock lock(n->s->lock);
  return !n->s->wake.wait_for(lock, std::chrono::nanoseconds(ns), [&] { return n->s->flushing; });
}

bool answer(Node* n, const jackfield::TurnEnd& end) {
  std::string question;
  for (const auto& part : n->s->question) question += (question.empty() ? "" : "|") + part;
  n->s->question.clear();
  gst_pad_push_event(n->src, jackfield::make_event(end));  // as good stages do
  std::string reply;
  {
    std::lock_guard guard(world().lock);
    if (end.not_understood) ++world().not_understood;
    (is_reserve(n) ? world().reserve_questions : world().questions).push_back(question);
    reply = end.turn_id == 0     ? world().greeting
            : end.not_understood ? "say again please"
                                 : world().reply;
  }
  if (is_reserve(n)) {
    reply = "from the reserve";
  } else {
    if (world().llm_silent) return true;
    if (!think(n, world().llm_delay)) return true;
    if (world().llm_complains) {
      gst_element_post_message(
          GST_ELEMENT(n),
          gst_message_new_element(
              GST_OBJECT(n),
              gst_structure_new("testllm/error", "text", G_TYPE_STRING, "no quota", nullptr)));
      reply = "sorry";
    }
    if (world().llm_cut) {
      gst_pad_push(n->src, make_text(reply).release());
      GST_ELEMENT_ERROR(n, RESOURCE, FAILED, ("lost the thread"), (nullptr));
      return true;
    }
  }
  std::istringstream sentences(reply);
  for (std::string sentence; std::getline(sentences, sentence, '|');) {
    if (gst_pad_push(n->src, make_text(sentence).release()) != GST_FLOW_OK) return true;
  }
  return gst_pad_push_event(
      n->src, jackfield::make_event(jackfield::ReplyEnd{
                  .turn_id = end.turn_id, .hang_up = question.find("bye") != std::string::npos}));
}
bool llm_event(Node* n, gstpp::EventPtr event) {
  if (const auto end = jackfield::parse_turn_end(event.get())) return answer(n, *end);
  if (const auto heard = jackfield::parse_heard(event.get())) {
    std::lock_guard guard(world().lock);
    world().heard.push_back(heard->text);
    return true;
  }
  if (const auto history = jackfield::parse_history(event.get())) {
    std::string text = (is_reserve(n) ? "reserve from " : "first from ") +
                       (history->from_turn == jackfield::History::kForgetNothing
                            ? "nothing"
                            : std::to_string(history->from_turn)) +
                       ":";
    for (const auto& said : history->said) {
      text += said.by_agent ? " agent " : said.addressed ? " caller " : " overheard ";
      text += said.text + ",";
    }
    std::lock_guard guard(world().lock);
    world().histories.push_back(text);
    return true;
  }
  if (GST_EVENT_TYPE(event.get()) == GST_EVENT_FLUSH_START ||
      GST_EVENT_TYPE(event.get()) == GST_EVENT_FLUSH_STOP) {
    std::lock_guard guard(n->s->lock);
    n->s->flushing = GST_EVENT_TYPE(event.get()) == GST_EVENT_FLUSH_START;
    if (!n->s->flushing) n->s->question.clear();
    n->s->wake.notify_all();
  }
  return foreign_event(n, std::move(event));
}
GstFlowReturn foreign_llm_chain(Node* n, gstpp::BufferPtr buffer) {
  {
    std::lock_guard guard(world().lock);
    world().questions.push_back(read_text(buffer.get()));
  }
  g_usleep(world().llm_delay / 1000);
  return gst_pad_push(n->src, make_text(world().reply).release());
}

// --- TTS --------------------------------------------------------------------------------------

constexpr int kRate = 8000;

gstpp::BufferPtr tone(GstClockTime duration, int sample) {
  const gsize frames = gst_util_uint64_scale(duration, kRate, GST_SECOND);
  gstpp::BufferPtr buffer{gst_buffer_new_allocate(nullptr, frames * 2, nullptr)};
  gstpp::MappedBuffer map{buffer.get(), GST_MAP_WRITE};
  for (auto& v : map.as<gint16>()) v = static_cast<gint16>(sample);
  GST_BUFFER_DURATION(buffer.get()) = duration;
  return buffer;
}

// Word n sounds as the constant sample 100 * (n + 1), so that the ear can tell them apart; n counts
// from the first word of its text, or is the number the word consists of.
int sample_of(const std::string& word, int index) {
  const bool number =
      std::all_of(word.begin(), word.end(), [](char c) { return g_ascii_isdigit(c); });
  return 100 * ((number ? std::stoi(word) : index) + 1);
}

GstFlowReturn tts_chain(Node* n, gstpp::BufferPtr buffer) {
  const std::string text = read_text(buffer.get());
  if (is_reserve(n)) {
    std::lock_guard guard(world().lock);
    world().reserve_texts.push_back(text);
  } else {
    g_usleep(world().tts_delay / 1000);
    if (world().tts_hangs && !think(n, world().tts_hangs)) return GST_FLOW_FLUSHING;
  }
  std::istringstream in(text);
  const GstClockTime length = world().word_ms * kMs;
  n->s->next = std::max(n->s->next, now(n));
  int i = 0;
  for (std::string word; in >> word; ++i) {
    if (!is_reserve(n) && i == world().tts_fails_at) {
      GST_ELEMENT_ERROR(n, RESOURCE, FAILED, ("lost the voice"), (nullptr));
      return GST_FLOW_ERROR;
    }
    for (GstClockTime at = 0; at < length; at += 20 * kMs) {
      gstpp::BufferPtr piece = tone(20 * kMs, sample_of(word, i));
      GST_BUFFER_PTS(piece.get()) = n->s->next;
      n->s->next += 20 * kMs;
      if (at == 0 && world().tts_words) {
        jackfield::add_words(piece.get(), {{.text = word, .offset = 0, .duration = length}});
      }
      const GstFlowReturn flow = gst_pad_push(n->src, piece.release());
      if (flow != GST_FLOW_OK) return flow;
    }
  }
  return GST_FLOW_OK;
}
bool tts_event(Node* n, gstpp::EventPtr event) {
  if (GST_EVENT_TYPE(event.get()) == GST_EVENT_FLUSH_STOP) n->s->next = 0;
  if (GST_EVENT_TYPE(event.get()) == GST_EVENT_FLUSH_START ||
      GST_EVENT_TYPE(event.get()) == GST_EVENT_FLUSH_STOP) {
    std::lock_guard guard(n->s->lock);
    n->s->flushing = GST_EVENT_TYPE(event.get()) == GST_EVENT_FLUSH_START;
    n->s->wake.notify_all();
  }
  return foreign_event(n, std::move(event));
}
// All in one piece, no time, no words, no stream before the first word.
GstFlowReturn foreign_tts_chain(Node* n, gstpp::BufferPtr buffer) {
  const std::string text = read_text(buffer.get());
  const auto words = static_cast<GstClockTime>(std::count(text.begin(), text.end(), ' ') + 1);
  return gst_pad_push(n->src, tone(words * world().word_ms * kMs, 100).release());
}

// --- The ends ---------------------------------------------------------------------------------

bool caller_query(Node* n, GstPad* pad, GstQuery* query) {
  if (GST_QUERY_TYPE(query) != GST_QUERY_LATENCY) {
    return gst_pad_query_default(pad, GST_OBJECT(n), query);
  }
  gst_query_set_latency(query, TRUE, 20 * kMs, GST_CLOCK_TIME_NONE);
  return true;
}

GstFlowReturn ear_chain(Node* n, gstpp::BufferPtr buffer) {
  gstpp::MappedBuffer map{buffer.get(), GST_MAP_READ};
  std::lock_guard guard(world().lock);
  world().sounds.push_back({.at = now(n),
                            .pts = GST_BUFFER_PTS(buffer.get()),
                            .duration = GST_BUFFER_DURATION(buffer.get()),
                            .sample = map.as<gint16>().empty() ? 0 : map.as<gint16>()[0]});
  return world().gone ? GST_FLOW_EOS : GST_FLOW_OK;
}
bool ear_event(Node* n, gstpp::EventPtr event) {
  World& w = world();
  std::unique_lock lock(w.lock);
  switch (GST_EVENT_TYPE(event.get())) {
    case GST_EVENT_FLUSH_START:
      w.flushes.push_back(now(n));
      break;
    case GST_EVENT_FLUSH_STOP:
      w.flush_stops.push_back(now(n));
      break;
    case GST_EVENT_GAP: {
      GstClockTime from = 0, duration = 0;
      gst_event_parse_gap(event.get(), &from, &duration);
      ++w.gaps;
      if (GST_CLOCK_TIME_IS_VALID(duration)) w.gap_time += duration;
      break;
    }
    case GST_EVENT_EOS:
      w.eos = true;
      lock.unlock();
      gst_element_post_message(GST_ELEMENT(n), gst_message_new_eos(GST_OBJECT(n)));
      break;
    default:
      if (const auto played = jackfield::parse_played(event.get())) w.played.push_back(*played);
      break;
  }
  return true;
}
// Slower than the clock, as a phone line is.
bool ear_query(Node* n, GstPad* pad, GstQuery* query) {
  if (!jackfield::is_played_query(query) || !world().answers_played) {
    return gst_pad_query_default(pad, GST_OBJECT(n), query);
  }
  const GstClockTime t = now(n), behind = world().behind;
  jackfield::answer_played_query(query, t > behind ? t - behind : 0);
  return true;
}

// --- Registration -----------------------------------------------------------------------------

#define AUDIO8 "audio/x-raw,format=S16LE,layout=interleaved,rate=8000,channels=1"
#define TEXT "text/x-raw,format=utf8"
const Kind kinds[] = {
    {"teststt", AUDIO8, TEXT, stt_chain, stt_event, stt_query},
    {"foreignstt", AUDIO8, TEXT, foreign_stt_chain, foreign_event, nullptr},
    {"deafstt", AUDIO8, TEXT, foreign_stt_chain, deaf_event, nullptr},
    {"testllm", TEXT, TEXT, llm_chain, llm_event, nullptr},
    {"foreignllm", TEXT, TEXT, foreign_llm_chain, foreign_event, nullptr},
    {"testtts", TEXT, AUDIO8, tts_chain, tts_event, nullptr},
    {"foreigntts", TEXT, AUDIO8, foreign_tts_chain, deaf_event, nullptr},
    {"reservestt", AUDIO8, TEXT, reserve_stt_chain, stt_event, stt_query},
    {"reservellm", TEXT, TEXT, llm_chain, llm_event, nullptr},
    {"reservetts", TEXT, AUDIO8, tts_chain, tts_event, nullptr},
    {"testcaller", nullptr, AUDIO8, nullptr, nullptr, nullptr},
    {"testear", AUDIO8, nullptr, ear_chain, ear_event, ear_query},
};

GstElementClass* parent_class = nullptr;

GstStateChangeReturn live_change_state(GstElement* element, GstStateChange transition) {
  const auto result = parent_class->change_state(element, transition);
  const bool paused = transition == GST_STATE_CHANGE_READY_TO_PAUSED ||
                      transition == GST_STATE_CHANGE_PLAYING_TO_PAUSED;
  return paused && result == GST_STATE_CHANGE_SUCCESS ? GST_STATE_CHANGE_NO_PREROLL : result;
}

void class_init(gpointer klass, gpointer data) {
  auto* element = GST_ELEMENT_CLASS(klass);
  const auto* kind = static_cast<const Kind*>(data);
  reinterpret_cast<NodeClass*>(klass)->kind = kind;
  parent_class = static_cast<GstElementClass*>(g_type_class_peek(GST_TYPE_ELEMENT));
  const auto pad = [&](const char* name, GstPadDirection direction, const char* text) {
    if (!text) return;
    gstpp::CapsPtr caps{gst_caps_from_string(text)};
    gst_element_class_add_pad_template(
        element, gst_pad_template_new(name, direction, GST_PAD_ALWAYS, caps.get()));
  };
  pad("sink", GST_PAD_SINK, kind->sink_caps);
  pad("src", GST_PAD_SRC, kind->src_caps);
  if (!kind->sink_caps) element->change_state = live_change_state;
  gst_element_class_set_static_metadata(element, kind->name, "Test", "For tests", "Jackfield");
  G_OBJECT_CLASS(klass)->finalize = [](GObject* object) {
    delete node(object)->s;
    G_OBJECT_CLASS(parent_class)->finalize(object);
  };
}

void instance_init(GTypeInstance* instance, gpointer klass) {
  Node* n = node(instance);
  n->s = new NodeState;
  const auto make = [&](const char* name) -> GstPad* {
    GstPadTemplate* t = gst_element_class_get_pad_template(GST_ELEMENT_CLASS(klass), name);
    if (!t) return nullptr;
    GstPad* pad = gst_pad_new_from_template(t, name);
    gst_element_add_pad(GST_ELEMENT(n), pad);
    return pad;
  };
  n->sink = make("sink");
  n->src = make("src");
  const auto query = [](GstPad* pad, GstObject* parent, GstQuery* q) -> gboolean {
    return kind_of(node(parent)).query(node(parent), pad, q);
  };
  const Kind& kind = *static_cast<NodeClass*>(klass)->kind;
  if (kind.query) gst_pad_set_query_function(n->sink, query);
  if (!n->sink) {
    gst_pad_set_query_function(n->src, [](GstPad* pad, GstObject* parent, GstQuery* q) -> gboolean {
      return caller_query(node(parent), pad, q);
    });
    GST_OBJECT_FLAG_SET(n, GST_ELEMENT_FLAG_SOURCE);
    return;
  }
  if (!n->src) GST_OBJECT_FLAG_SET(n, GST_ELEMENT_FLAG_SINK);
  gst_pad_set_chain_function(n->sink, [](GstPad*, GstObject* parent, GstBuffer* b) {
    return kind_of(node(parent)).chain(node(parent), gstpp::BufferPtr{b});
  });
  gst_pad_set_event_function(n->sink, [](GstPad*, GstObject* parent, GstEvent* e) -> gboolean {
    return kind_of(node(parent)).event(node(parent), gstpp::EventPtr{e});
  });
}

}  // namespace

World& world() { return *the_world; }
void new_world() { the_world = std::make_unique<World>(); }

void register_stages() {
  static std::once_flag once;
  std::call_once(once, [] {
    for (const Kind& kind : kinds) {
      GTypeInfo info{};
      info.class_size = sizeof(NodeClass);
      info.class_init = class_init;
      info.class_data = &kind;
      info.instance_size = sizeof(Node);
      info.instance_init = instance_init;
      const GType type =
          g_type_register_static(GST_TYPE_ELEMENT, (std::string("BrainTest") + kind.name).c_str(),
                                 &info, static_cast<GTypeFlags>(0));
      gst_element_register(nullptr, kind.name, GST_RANK_NONE, type);
    }
  });
}

}  // namespace brain_test
