// agentcorellm: an agent core in a program of its own, by gRPC. See docs/elements/agentcorellm.md
// and agentcore.proto; agent_core_state.hpp tells how its threads work together. This file has the
// pads and the states, agent_core_settings.cpp the properties, agent_core_reply.cpp what happens in
// a reply, io/ the connection and core/ what is said over it.
#include "gstagentcorellm.hpp"

#include <stdexcept>
#include <string>
#include <utility>

#include "agent_core_state.hpp"
#include "config.h"
#include "core_address.hpp"
#include "core_texts.hpp"
#include "filled_setting.hpp"
#include "function_signals.hpp"
#include "persona_texts.hpp"
#include "trial.hpp"
#include "utf8.hpp"

GST_DEBUG_CATEGORY(agentcorellm_debug);
#define GST_CAT_DEFAULT agentcorellm_debug

using namespace agentcore;

namespace {

constexpr gsize kMaxAuthorities = 4 * 1024 * 1024;  // bytes
constexpr char kSystemAuthorities[] = "/etc/ssl/certs/ca-certificates.crt";

std::string environment(const char* name) {
  const gchar* value = g_getenv(name);
  return value ? value : "";
}

}  // namespace

static const jackfield::MemberProperties<Settings>* properties;  // since class_init

G_DEFINE_FINAL_TYPE(GstAgentCoreLlm, gst_agent_core_llm, GST_TYPE_ELEMENT)
GST_ELEMENT_REGISTER_DEFINE_WITH_CODE(agentcorellm, "agentcorellm", GST_RANK_NONE,
                                      GST_TYPE_AGENT_CORE_LLM,
                                      GST_DEBUG_CATEGORY_INIT(agentcorellm_debug, "agentcorellm", 0,
                                                              "external agent core by gRPC"))

static GstStaticPadTemplate sink_template = GST_STATIC_PAD_TEMPLATE(
    "sink", GST_PAD_SINK, GST_PAD_ALWAYS, GST_STATIC_CAPS("text/x-raw, format = (string) utf8"));
static GstStaticPadTemplate src_template = GST_STATIC_PAD_TEMPLATE(
    "src", GST_PAD_SRC, GST_PAD_ALWAYS, GST_STATIC_CAPS("text/x-raw, format = (string) utf8"));

namespace agentcore {

// ---- The way to READY ----

static bool mistake(GstAgentCoreLlm* self, const std::string& what) {
  GST_ELEMENT_ERROR(self, RESOURCE, SETTINGS, ("%s", what.c_str()), (nullptr));
  return false;
}

// Those that the system trusts, and those in the file that SSL_CERT_FILE names.
static bool read_authorities(GstAgentCoreLlm* self, std::string& out) {
  const std::string further = environment("SSL_CERT_FILE");
  if (further.empty()) return true;  // gRPC finds the system's
  for (const std::string& path : {std::string(kSystemAuthorities), further}) {
    gchar* raw = nullptr;
    gsize size = 0;
    gstpp::ErrorPtr error;
    const gboolean loaded = g_file_get_contents(path.c_str(), &raw, &size, gstpp::OutPtr{error});
    const gstpp::CharPtr text{raw};
    if (loaded && size <= kMaxAuthorities) {
      out.append(text.get(), size).append("\n");
    } else if (path == further) {
      return mistake(self, "SSL_CERT_FILE cannot be read: " +
                               std::string(loaded ? "it is too large" : error->message));
    }
  }
  return true;
}

bool prepare(GstAgentCoreLlm* self) {
  Prepared prepared;
  std::string address;
  jackfield::PersonaSettings persona;
  bool insecure = false;
  ChannelSettings& channel = prepared.channel;
  {
    const gstpp::ObjectLock lock(self);
    const Settings& set = self->state->settings;
    address = set.address;
    channel.tls = set.tls;
    channel.token = set.token;
    channel.connect_time = set.connect_timeout;
    insecure = set.insecure;
    persona = {.file = set.persona,
               .instructions = set.instructions,
               .greeting = set.greeting,
               .variables = jackfield::copy_variables(set.variables.get())};
    prepared.session.connect_timeout = set.connect_timeout;
    prepared.session.ping_interval = set.ping_interval;
  }
  auto texts = jackfield::prepare_persona_texts(GST_ELEMENT_CAST(self), std::move(persona));
  if (!texts) return false;
  prepared.instructions = std::move(texts->instructions);
  prepared.greeting = std::move(texts->greeting);
  prepared.variables = std::move(texts->variables);
  try {
    const Address found = read_address(address);
    channel.target = found.target;
    channel.this_host = found.this_host;
  } catch (const std::invalid_argument& wrong) {
    return mistake(self, std::string("\"address\" of agentcorellm: ") + wrong.what());
  }
  if (!channel.this_host && !channel.tls && !insecure) {
    return mistake(self, "The agent core at " + address +
                             " is on another machine: set \"tls\" of agentcorellm, or \"insecure\" "
                             "if everybody on the way may listen.");
  }
  if (channel.token.empty()) channel.token = environment("AGENT_CORE_TOKEN");
  if (!channel.token.empty() && !is_token(channel.token))
    return mistake(self,
                   "The token of agentcorellm (AGENT_CORE_TOKEN) has characters that cannot "
                   "be sent: printable ASCII without spaces, at most 4096.");
  if (channel.tls && !read_authorities(self, channel.authorities)) return false;
  self->state->prepared = std::move(prepared);
  return true;
}

// ---- The call ----

State::State(GstAgentCoreLlm* self, GstPad* sink, GstPad* src)
    : element(self), pads(GST_ELEMENT_CAST(self), sink, src, kMaxQuestion, *this) {
  messenger = std::make_shared<jackfield::SerialTask>(jackfield::WorkerPool::shared(),
                                                      [this] { post_notices(); });
}

State::~State() { messenger->stop(); }

std::shared_ptr<CoreLink> State::current() {
  const std::lock_guard lock(mutex);
  return link;
}

static std::string session_id() {
  gchar* id = g_uuid_string_random();
  const gstpp::CharPtr owner{id};
  return id;
}

std::string State::caller() const {
  const gstpp::ObjectLock lock(element);
  return whole_text(settings.caller, kMaxQuestion);
}

// Of several at a time the last word is the newest.
void State::tell_caller() {
  const auto running = current();
  if (!running) return;
  std::string told;
  do {
    told = caller();
    running->with([&](CoreSession& session, Time now) { session.set_caller(told, now); });
  } while (told != caller());
}

void State::begin_call() {
  v1::Open open;
  open.set_session_id(session_id());
  open.set_client(PACKAGE " " PACKAGE_VERSION);
  open.set_instructions(whole_text(prepared.instructions, CoreSession::kMostOutgoing / 8));
  open.set_caller(caller());
  {
    const gstpp::ObjectLock lock(element);
    open.set_line(whole_text(settings.line, kMaxQuestion));
    open.set_language(whole_text(settings.language, kMaxQuestion));
  }
  const GstStructure* variables = prepared.variables.get();
  for (gint i = 0; i < gst_structure_n_fields(variables); ++i) {
    const gchar* name = gst_structure_nth_field_name(variables, static_cast<guint>(i));
    const GValue* value = gst_structure_get_value(variables, name);
    (*open.mutable_variables())[name] = whole_text(jackfield::variable_text(value), kMaxQuestion);
  }
  const std::weak_ptr<jackfield::SerialTask> task = messenger;
  auto made = std::make_shared<CoreLink>(prepared.channel, prepared.session, [task] {
    if (const auto running = task.lock()) running->schedule();
  });
  std::vector<v1::Tool> tools;
  {
    const SessionStats before = session_stats();
    const std::lock_guard lock(mutex);
    earlier = before;
    link = made;
    tools = offered;
  }
  made->begin(std::move(open), std::move(tools));
  tell_caller();  // it may have become known meanwhile
}

void State::end_call() {
  if (const auto running = current()) running->end();
}

void State::set_flushing(bool on) {
  std::shared_ptr<CoreLink> running;
  {
    const std::lock_guard lock(mutex);
    flushing = on;
    running = link;
  }
  if (!running) return;
  if (on) {
    running->wake();
  } else {
    running->go_on();
  }
}

void State::heard(const jackfield::Heard& heard) {
  {
    const std::lock_guard lock(mutex);
    ++stats.interrupted;
  }
  if (const auto running = current())
    running->with([&](CoreSession& session, Time now) {
      session.heard(heard.turn_id, whole_text(heard.text, CoreSession::kMostReply), now);
    });
}

void State::take_history(const jackfield::History& history) {
  v1::History own;
  own.set_from_turn(history.from_turn);
  for (const auto& said : history.said) {
    v1::Said& line = *own.add_said();
    line.set_turn_id(said.turn_id);
    line.set_kind(said.by_agent    ? v1::Said::AGENT
                  : said.addressed ? v1::Said::CALLER
                                   : v1::Said::OVERHEARD);
    line.set_text(whole_text(said.text, CoreSession::kMostReply));
  }
  if (const auto running = current())
    running->with([&](CoreSession& session, Time now) { session.take_history(own, now); });
}

void State::turn_starts(guint turn_id) {
  if (const auto running = current())
    running->with([&](CoreSession& session, Time now) { session.turn_starts(turn_id, now); });
}

void State::dropped(std::size_t bytes) {
  const std::lock_guard lock(mutex);
  stats.dropped_bytes += bytes;
}

// ---- Messages that no reply is about ----

void State::post_notices() {
  const auto running = current();
  while (running) {
    const auto notice =
        running->with([](CoreSession& session, Time) { return session.next_notice(); });
    if (!notice) return;
    post(*notice);
  }
}

void State::post(const Notice& notice) {
  GstStructure* message = nullptr;
  switch (notice.kind) {
    case Notice::Kind::kConnection:
      GST_INFO_OBJECT(element, "agent core %s: %s", notice.connected ? "there" : "not there",
                      notice.text.c_str());
      message = gst_structure_new("agentcorellm/connection", "connected", G_TYPE_BOOLEAN,
                                  static_cast<gboolean>(notice.connected), "resumed",
                                  G_TYPE_BOOLEAN, static_cast<gboolean>(notice.resumed), "text",
                                  G_TYPE_STRING, notice.text.c_str(), nullptr);
      break;
    case Notice::Kind::kTell:
      message =
          gst_structure_new("agentcorellm/tell", "text", G_TYPE_STRING, notice.text.c_str(),
                            "speak", G_TYPE_BOOLEAN, static_cast<gboolean>(notice.speak), nullptr);
      break;
    case Notice::Kind::kError:
      message = gst_structure_new("agentcorellm/warning", "text", G_TYPE_STRING,
                                  notice.text.c_str(), nullptr);
      break;
    case Notice::Kind::kUsage: {
      const auto count = [](auto number) { return static_cast<guint64>(number); };
      message =
          gst_structure_new("agentcorellm/usage", "turn-id", G_TYPE_UINT, notice.turn_id, "model",
                            G_TYPE_STRING, notice.usage.model().c_str(), "input-tokens",
                            G_TYPE_UINT64, count(notice.usage.input_tokens()), "cached-tokens",
                            G_TYPE_UINT64, count(notice.usage.cached_tokens()), "output-tokens",
                            G_TYPE_UINT64, count(notice.usage.output_tokens()), "reasoning-tokens",
                            G_TYPE_UINT64, count(notice.usage.reasoning_tokens()), nullptr);
      break;
    }
  }
  gst_element_post_message(GST_ELEMENT_CAST(element),
                           gst_message_new_element(GST_OBJECT_CAST(element), message));
}

}  // namespace agentcore

// ---- The element ----

static GstFlowReturn gst_agent_core_llm_chain(GstPad*, GstObject* parent, GstBuffer* buffer) {
  auto* self = GST_AGENT_CORE_LLM(parent);
  return gstpp::guarded(self, GST_FLOW_ERROR, [&] { return self->state->pads.chain(buffer); });
}

static gboolean gst_agent_core_llm_sink_event(GstPad*, GstObject* parent, GstEvent* event) {
  auto* self = GST_AGENT_CORE_LLM(parent);
  return gstpp::guarded(self, FALSE, [&] { return self->state->pads.sink_event(event); });
}

static bool answer_tool_call(GstAgentCoreLlm* self, const std::string& id,
                             const std::string& output) {
  const auto link = self->state->current();
  return link && link->with([&](CoreSession& session, Time now) {
    return session.answer_tool(id, output, now);
  });
}

static void offer_tools(GstAgentCoreLlm* self, std::vector<jackfield::Tool> offered) {
  std::vector<v1::Tool> tools;
  for (const jackfield::Tool& tool : offered) {
    v1::Tool& own = tools.emplace_back();
    own.set_name(tool.name);
    own.set_description(tool.description);
    own.set_parameters(tool.parameters);
  }
  std::shared_ptr<CoreLink> link;
  {
    const std::lock_guard lock(self->state->mutex);
    self->state->offered = tools;
    link = self->state->link;
  }
  if (link)
    link->with([&](CoreSession& session, Time now) { session.offer(std::move(tools), now); });
}

static GstStateChangeReturn gst_agent_core_llm_change_state(GstElement* element,
                                                            GstStateChange transition) {
  auto* self = GST_AGENT_CORE_LLM(element);
  State& s = *self->state;
  const auto guarded = [&](auto&& body) {
    return gstpp::guarded(self, false, [&] {
      body();
      return true;
    });
  };
  if (transition == GST_STATE_CHANGE_NULL_TO_READY) {
    if (!gstpp::guarded(self, false, [&] { return prepare(self); }))
      return GST_STATE_CHANGE_FAILURE;
    // The connection is there when the call begins.
    if (!jackfield::is_trial(element) &&
        !guarded([&] { s.warm = get_channel(s.prepared.channel); }))
      return GST_STATE_CHANGE_FAILURE;
  } else if (transition == GST_STATE_CHANGE_READY_TO_PAUSED) {
    s.pads.reset();
    s.messenger->start();
    if (!guarded([&] { s.begin_call(); })) return GST_STATE_CHANGE_FAILURE;
    s.set_flushing(false);
  } else if (transition == GST_STATE_CHANGE_PAUSED_TO_READY) {
    s.set_flushing(true);
  }
  const auto result =
      GST_ELEMENT_CLASS(gst_agent_core_llm_parent_class)->change_state(element, transition);
  if (transition == GST_STATE_CHANGE_PAUSED_TO_READY) {
    guarded([&] { s.end_call(); });
    // Whoever changes the state holds the element; behind NULL nobody may, and it cannot be posted
    // of.
    s.messenger->stop();
    guarded([&] { s.post_notices(); });
  } else if (transition == GST_STATE_CHANGE_READY_TO_NULL) {
    s.warm.reset();
  }
  return result;
}

static void gst_agent_core_llm_set_property(GObject* object, guint id, const GValue* value,
                                            GParamSpec* spec) {
  State& s = *GST_AGENT_CORE_LLM(object)->state;
  bool known = false;
  {
    const gstpp::ObjectLock lock(object);
    known = properties->set(s.settings, id, value);
  }
  if (!known) {
    G_OBJECT_WARN_INVALID_PROPERTY_ID(object, id, spec);
  } else if (g_str_equal(spec->name, "caller")) {
    gstpp::guarded(object, 0, [&] {
      s.tell_caller();
      return 0;
    });
  }
}

namespace agentcore {

static SessionStats operator+(SessionStats sum, const SessionStats& more) {
  sum.connections += more.connections;
  sum.failed_attempts += more.failed_attempts;
  sum.asked_again += more.asked_again;
  sum.tool_calls += more.tool_calls;
  sum.malformed += more.malformed;
  sum.late += more.late;
  sum.unwanted += more.unwanted;
  sum.cuts += more.cuts;
  sum.input_tokens += more.input_tokens;
  sum.cached_tokens += more.cached_tokens;
  sum.output_tokens += more.output_tokens;
  sum.reasoning_tokens += more.reasoning_tokens;
  if (more.first_text != 0) sum.first_text = more.first_text;
  sum.first_text_max = std::max(sum.first_text_max, more.first_text_max);
  return sum;
}

SessionStats State::session_stats() {
  SessionStats before;
  std::shared_ptr<CoreLink> running;
  {
    const std::lock_guard lock(mutex);
    before = earlier;
    running = link;
  }
  if (!running) return before;
  return before + running->with([](CoreSession& session, Time) { return session.stats(); });
}

}  // namespace agentcore

static GstStructure* make_stats(State& s) {
  const SessionStats session = s.session_stats();
  const auto link = s.current();
  const bool connected = link && link->with([](CoreSession& one, Time) { return one.connected(); });
  const std::lock_guard lock(s.mutex);
  const Stats& t = s.stats;
  const auto count = [](auto number) { return static_cast<guint64>(number); };
  return gst_structure_new(
      "application/x-agentcorellm-stats", "connected", G_TYPE_BOOLEAN,
      static_cast<gboolean>(connected), "connections", G_TYPE_UINT64, count(session.connections),
      "failed-attempts", G_TYPE_UINT64, count(session.failed_attempts), "cuts", G_TYPE_UINT64,
      count(session.cuts), "turns", G_TYPE_UINT64, t.turns, "requests", G_TYPE_UINT64, t.requests,
      "asked-again", G_TYPE_UINT64, count(session.asked_again), "failed", G_TYPE_UINT64, t.failed,
      "aborted", G_TYPE_UINT64, t.aborted, "interrupted", G_TYPE_UINT64, t.interrupted,
      "tool-calls", G_TYPE_UINT64, count(session.tool_calls), "calls-ended", G_TYPE_UINT64,
      t.calls_ended, "input-tokens", G_TYPE_UINT64, count(session.input_tokens), "cached-tokens",
      G_TYPE_UINT64, count(session.cached_tokens), "output-tokens", G_TYPE_UINT64,
      count(session.output_tokens), "reasoning-tokens", G_TYPE_UINT64,
      count(session.reasoning_tokens), "first-text-latency", G_TYPE_UINT64,
      count(session.first_text), "first-text-latency-max", G_TYPE_UINT64,
      count(session.first_text_max), "first-piece-latency", G_TYPE_UINT64, t.first_piece,
      "malformed", G_TYPE_UINT64, count(session.malformed), "late", G_TYPE_UINT64,
      count(session.late), "unwanted", G_TYPE_UINT64, count(session.unwanted), "dropped-bytes",
      G_TYPE_UINT64, t.dropped_bytes, "last-error", G_TYPE_STRING, t.last_error.c_str(), nullptr);
}

static void gst_agent_core_llm_get_property(GObject* object, guint id, GValue* value,
                                            GParamSpec* spec) {
  State& s = *GST_AGENT_CORE_LLM(object)->state;
  if (properties->is_stats(id)) return g_value_take_boxed(value, make_stats(s));
  if (properties->is_history(id)) {
    const auto link = s.current();
    const std::string json = link ? link->with([](CoreSession& session, Time) {
      return session.conversation().to_json();
    })
                                  : "[]";
    return g_value_set_string(value, json.c_str());
  }
  const gstpp::ObjectLock lock(object);
  if (!properties->get(s.settings, id, value)) G_OBJECT_WARN_INVALID_PROPERTY_ID(object, id, spec);
}

static void gst_agent_core_llm_init(GstAgentCoreLlm* self) {
  GstPad* sink = gst_pad_new_from_static_template(&sink_template, "sink");
  GstPad* src = gst_pad_new_from_static_template(&src_template, "src");
  self->state = new State(self, sink, src);
  gst_pad_set_chain_function(sink, gst_agent_core_llm_chain);
  gst_pad_set_event_function(sink, gst_agent_core_llm_sink_event);
}

static void gst_agent_core_llm_finalize(GObject* object) {
  delete GST_AGENT_CORE_LLM(object)->state;
  G_OBJECT_CLASS(gst_agent_core_llm_parent_class)->finalize(object);
}

static void gst_agent_core_llm_class_init(GstAgentCoreLlmClass* klass) {
  auto* object_class = G_OBJECT_CLASS(klass);
  object_class->set_property = gst_agent_core_llm_set_property;
  object_class->get_property = gst_agent_core_llm_get_property;
  object_class->finalize = gst_agent_core_llm_finalize;
  properties = make_properties(object_class);

  jackfield::add_function_signals<GstAgentCoreLlm, offer_tools, answer_tool_call>(object_class);

  auto* element_class = GST_ELEMENT_CLASS(klass);
  element_class->change_state = gst_agent_core_llm_change_state;
  gst_element_class_add_static_pad_template(element_class, &sink_template);
  gst_element_class_add_static_pad_template(element_class, &src_template);
  gst_element_class_set_static_metadata(
      element_class, "Agent core", "Filter/Text/Network",
      "Answers text by an agent core in a program of its own (gRPC), piece by piece for speech",
      "Jackfield project");
}
