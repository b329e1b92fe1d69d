#include "working_llm.hpp"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <map>

#include "gstpp.hpp"
#include "turn_events.hpp"

namespace test_support {
namespace {

std::unique_ptr<WorkingLlm> the_llms[2] = {std::make_unique<WorkingLlm>(),
                                           std::make_unique<WorkingLlm>()};

struct State {
  std::mutex lock;
  std::condition_variable wake;
  bool flushing = false;
  std::map<std::string, std::optional<std::string>> asked;
  std::string offered = "[]";
  int calls = 0;
  // Of the streaming thread.
  std::string question;
};

struct Element {
  GstElement parent;
  GstPad* sink;
  GstPad* src;
  State* state;
  gchar* model;
  gchar* instructions;
  guint rounds;
  guint64 patience;
};
struct ElementClass {
  GstElementClass parent;
  int which;
};

Element* self_of(gpointer object) { return static_cast<Element*>(object); }
gpointer parent_class = nullptr;

WorkingLlm& script_of(Element* self) {
  return *the_llms[(G_TYPE_INSTANCE_GET_CLASS(self, GST_TYPE_ELEMENT, ElementClass))->which];
}

void post(Element* self, GstStructure* message) {
  gst_element_post_message(GST_ELEMENT(self), gst_message_new_element(GST_OBJECT(self), message));
}

// False: a flush.
template <typename Done>
bool wait(Element* self, std::chrono::nanoseconds time, Done&& done) {
  std::unique_lock lock(self->state->lock);
  self->state->wake.wait_for(lock, time, [&] { return self->state->flushing || done(); });
  return !self->state->flushing;
}

bool push(Element* self, const std::string& text) {
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('|', at), text.size());
    GstBuffer* buffer = gst_buffer_new_memdup(text.data() + at, end - at);
    if (gst_pad_push(self->src, buffer) != GST_FLOW_OK) return false;
    at = end + 1;
  }
  return true;
}

void use_tools(Element* self, guint turn, const WorkingLlm::Request& request) {
  State& s = *self->state;
  std::vector<std::string> ids;
  {
    const std::lock_guard lock(s.lock);
    s.asked.clear();
    for (std::size_t i = 0; i < request.calls.size(); ++i) {
      ids.push_back("call-" + std::to_string(++s.calls));
      s.asked.emplace(ids.back(), std::nullopt);
    }
  }
  for (std::size_t i = 0; i < ids.size(); ++i)
    post(self, gst_structure_new("workingllm/tool-call", "turn-id", G_TYPE_UINT, turn, "call-id",
                                 G_TYPE_STRING, ids[i].c_str(), "name", G_TYPE_STRING,
                                 request.calls[i].first.c_str(), "arguments", G_TYPE_STRING,
                                 request.calls[i].second.c_str(), nullptr));
  wait(self, std::chrono::minutes(2), [&] {
    return std::all_of(s.asked.begin(), s.asked.end(),
                       [](const auto& one) { return !!one.second; });
  });
  const std::lock_guard lock(s.lock);
  const std::lock_guard guard(script_of(self).lock);
  for (const std::string& id : ids)
    script_of(self).told.push_back(s.asked[id].value_or("(no answer)"));
}

// False: cut.
bool request(Element* self, guint turn, bool& calls) {
  WorkingLlm::Request now;
  bool deaf = false;
  {
    const std::lock_guard lock(self->state->lock);
    const std::lock_guard guard(script_of(self).lock);
    ++script_of(self).requests;
    script_of(self).offered.push_back(self->state->offered);
    now = script_of(self).script.front();
    if (script_of(self).script.size() > 1) script_of(self).script.pop_front();
    deaf = script_of(self).deaf;
  }
  calls = !now.calls.empty();
  if (now.hangs && deaf) {
    std::unique_lock lock(self->state->lock);
    self->state->wake.wait_for(lock, std::chrono::seconds(10), [&] {
      const std::lock_guard guard(script_of(self).lock);
      return !script_of(self).deaf;
    });
    return false;
  }
  if (now.hangs && !wait(self, std::chrono::minutes(2), [] { return false; })) return false;
  if (now.delay && !wait(self, std::chrono::nanoseconds(now.delay), [] { return false; }))
    return false;
  if (now.breaks) {
    GST_ELEMENT_ERROR(self, RESOURCE, FAILED, ("no thoughts today"), (nullptr));
    return false;
  }
  if (!now.error.empty())
    post(self, gst_structure_new("workingllm/error", "cause", G_TYPE_STRING, "quota", "text",
                                 G_TYPE_STRING, now.error.c_str(), nullptr));
  if (!push(self, now.text)) return false;
  if (now.tokens)
    post(self,
         gst_structure_new("workingllm/usage", "turn-id", G_TYPE_UINT, turn, "model", G_TYPE_STRING,
                           self->model, "input-tokens", G_TYPE_UINT64, now.tokens->first,
                           "output-tokens", G_TYPE_UINT64, now.tokens->second, nullptr));
  if (calls) use_tools(self, turn, now);
  const std::lock_guard lock(self->state->lock);
  return !self->state->flushing;
}

void answer(Element* self, const jackfield::TurnEnd& end) {
  {
    const std::lock_guard guard(script_of(self).lock);
    script_of(self).questions.push_back(std::exchange(self->state->question, {}));
    script_of(self).instructions = self->instructions;
    script_of(self).rounds = self->rounds;
    script_of(self).patience = self->patience;
  }
  gst_pad_push_event(self->src, jackfield::make_event(end));  // as good stages do
  for (bool calls = true; calls;)
    if (!request(self, end.turn_id, calls)) return;
  gst_pad_push_event(self->src, jackfield::make_event(jackfield::ReplyEnd{.turn_id = end.turn_id}));
}

GstFlowReturn chain(GstPad*, GstObject* parent, GstBuffer* raw) {
  const gstpp::BufferPtr buffer{raw};
  const gstpp::MappedBuffer map{buffer.get(), GST_MAP_READ};
  std::string& question = self_of(parent)->state->question;
  question += (question.empty() ? "" : "|") +
              std::string(reinterpret_cast<const char*>(map.data()), map.size());
  return GST_FLOW_OK;
}

void set_flushing(Element* self, bool flushing) {
  const std::lock_guard lock(self->state->lock);
  self->state->flushing = flushing;
  self->state->wake.notify_all();
}

gboolean event(GstPad* pad, GstObject* parent, GstEvent* raw) {
  Element* self = self_of(parent);
  gstpp::EventPtr event{raw};
  if (const auto end = jackfield::parse_turn_end(raw)) {
    answer(self, *end);
    return TRUE;
  }
  if (const auto heard = jackfield::parse_heard(raw)) {
    const std::lock_guard guard(script_of(self).lock);
    script_of(self).heard.push_back(heard->text);
    return TRUE;
  }
  if (GST_EVENT_TYPE(raw) == GST_EVENT_FLUSH_START) {
    set_flushing(self, true);
    const std::lock_guard guard(script_of(self).lock);
    ++script_of(self).flushed;
  }
  if (GST_EVENT_TYPE(raw) == GST_EVENT_FLUSH_STOP) {
    self->state->question.clear();
    set_flushing(self, false);
  }
  if (GST_EVENT_TYPE(raw) == GST_EVENT_CAPS) return gst_pad_push_event(self->src, event.release());
  return gst_pad_event_default(pad, parent, event.release());
}

GstStateChangeReturn change_state(GstElement* element, GstStateChange transition) {
  if (transition == GST_STATE_CHANGE_READY_TO_PAUSED) set_flushing(self_of(element), false);
  if (transition == GST_STATE_CHANGE_PAUSED_TO_READY) set_flushing(self_of(element), true);
  return GST_ELEMENT_CLASS(parent_class)->change_state(element, transition);
}

gboolean offer_tools(GstElement* element, const gchar* json) {
  const std::lock_guard lock(self_of(element)->state->lock);
  self_of(element)->state->offered = json;
  return TRUE;
}

gboolean answer_tool_call(GstElement* element, const gchar* id, const gchar* output) {
  State& s = *self_of(element)->state;
  const std::lock_guard lock(s.lock);
  const auto asked = s.asked.find(id);
  if (asked == s.asked.end() || asked->second) return FALSE;
  asked->second = output;
  s.wake.notify_all();
  return TRUE;
}

enum { kModel = 1, kInstructions, kRounds, kPatience };
constexpr guint64 kUsualPatience = 15 * GST_SECOND;

void set_property(GObject* object, guint id, const GValue* value, GParamSpec*) {
  Element* self = self_of(object);
  if (id == kRounds) {
    self->rounds = g_value_get_uint(value);
    return;
  }
  if (id == kPatience) {
    self->patience = g_value_get_uint64(value);
    return;
  }
  gchar** text = id == kModel ? &self->model : &self->instructions;
  g_free(*text);
  *text = g_value_dup_string(value);
}

void get_property(GObject* object, guint id, GValue* value, GParamSpec*) {
  Element* self = self_of(object);
  if (id == kRounds) return g_value_set_uint(value, self->rounds);
  if (id == kPatience) return g_value_set_uint64(value, self->patience);
  g_value_set_string(value, id == kModel ? self->model : self->instructions);
}

void finalize(GObject* object) {
  Element* self = self_of(object);
  delete self->state;
  g_free(self->model);
  g_free(self->instructions);
  G_OBJECT_CLASS(parent_class)->finalize(object);
}

void class_init(gpointer klass, gpointer which) {
  static_cast<ElementClass*>(klass)->which = GPOINTER_TO_INT(which);
  parent_class = g_type_class_peek_parent(klass);
  auto* object = G_OBJECT_CLASS(klass);
  object->finalize = finalize;
  object->set_property = set_property;
  object->get_property = get_property;
  const auto text = [&](guint id, const char* name, const char* value) {
    g_object_class_install_property(
        object, id, g_param_spec_string(name, name, name, value, G_PARAM_READWRITE));
  };
  text(kModel, "model", "m");
  text(kInstructions, "instructions", "as ever");
  g_object_class_install_property(
      object, kRounds,
      g_param_spec_uint("max-tool-rounds", "Rounds", "Rounds", 1, 1000, 8, G_PARAM_READWRITE));
  g_object_class_install_property(
      object, kPatience,
      g_param_spec_uint64("first-token-timeout", "Patience", "Patience", 1, 600 * GST_SECOND,
                          kUsualPatience, G_PARAM_READWRITE));
  auto* element = GST_ELEMENT_CLASS(klass);
  element->change_state = change_state;
  const gstpp::CapsPtr caps{gst_caps_from_string("text/x-raw,format=utf8")};
  for (const auto& [name, direction] : {std::pair{"sink", GST_PAD_SINK}, {"src", GST_PAD_SRC}})
    gst_element_class_add_pad_template(
        element, gst_pad_template_new(name, direction, GST_PAD_ALWAYS, caps.get()));
  gst_element_class_set_static_metadata(element, "Working LLM", "Test", "For tests", "Jackfield");
  g_signal_new_class_handler("offer-tools", G_TYPE_FROM_CLASS(klass),
                             static_cast<GSignalFlags>(G_SIGNAL_RUN_LAST | G_SIGNAL_ACTION),
                             G_CALLBACK(offer_tools), nullptr, nullptr, nullptr, G_TYPE_BOOLEAN, 1,
                             G_TYPE_STRING);
  g_signal_new_class_handler("answer-tool-call", G_TYPE_FROM_CLASS(klass),
                             static_cast<GSignalFlags>(G_SIGNAL_RUN_LAST | G_SIGNAL_ACTION),
                             G_CALLBACK(answer_tool_call), nullptr, nullptr, nullptr,
                             G_TYPE_BOOLEAN, 2, G_TYPE_STRING, G_TYPE_STRING);
}

void instance_init(GTypeInstance* instance, gpointer klass) {
  Element* self = self_of(instance);
  self->state = new State;
  self->model = g_strdup("m");
  self->instructions = g_strdup("as ever");
  self->rounds = 8;
  self->patience = kUsualPatience;
  const auto make = [&](const char* name) {
    GstPad* pad = gst_pad_new_from_template(
        gst_element_class_get_pad_template(GST_ELEMENT_CLASS(klass), name), name);
    gst_element_add_pad(GST_ELEMENT(self), pad);
    return pad;
  };
  self->sink = make("sink");
  self->src = make("src");
  gst_pad_set_chain_function(self->sink, chain);
  gst_pad_set_event_function(self->sink, event);
}

void register_one(const char* name, const char* type_name, int which) {
  GTypeInfo info{};
  info.class_size = sizeof(ElementClass);
  info.class_init = class_init;
  info.class_data = GINT_TO_POINTER(which);
  info.instance_size = sizeof(Element);
  info.instance_init = instance_init;
  const GType type =
      g_type_register_static(GST_TYPE_ELEMENT, type_name, &info, static_cast<GTypeFlags>(0));
  gst_element_register(nullptr, name, GST_RANK_NONE, type);
}

}  // namespace

WorkingLlm& working_llm() { return *the_llms[0]; }
WorkingLlm& thinking_llm() { return *the_llms[1]; }

void new_working_llms() {
  for (auto& one : the_llms) one = std::make_unique<WorkingLlm>();
}

void register_working_llms() {
  static std::once_flag once;
  std::call_once(once, [] {
    register_one("workingllm", "JackfieldTestWorkingLlm", 0);
    register_one("thinkingllm", "JackfieldTestThinkingLlm", 1);
  });
}

}  // namespace test_support
