#include "gstagentbrain.h"

#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "agent_brain_state.hpp"
#include "caller_identity.hpp"
#include "gstpp.hpp"
#include "gstreplygate.hpp"
#include "gststtport.hpp"
#include "gstturndetector.h"
#include "gstturngate.hpp"
#include "persona_file.hpp"
#include "persona_stages.hpp"
#include "trial.hpp"
#include "turn_events.hpp"

// Not static: the other parts log under the same name.
GST_DEBUG_CATEGORY(gst_agent_brain_debug);
#define GST_CAT_DEFAULT gst_agent_brain_debug

using agentbrain::Conductor;
using agentbrain::Stages;
using namespace agentbrain::brain;

G_DEFINE_FINAL_TYPE(GstAgentBrain, gst_agent_brain, GST_TYPE_BIN)
GST_ELEMENT_REGISTER_DEFINE(agentbrain, "agentbrain", GST_RANK_NONE, GST_TYPE_AGENT_BRAIN)

namespace {

// The last two, and 24 kHz, for speech-to-speech stages alone: the detector says so when asked.
#define COMPANDED_CAPS                               \
  "audio/x-mulaw, rate=(int)8000, channels=(int)1; " \
  "audio/x-alaw, rate=(int)8000, channels=(int)1"
GstStaticPadTemplate sink_template = GST_STATIC_PAD_TEMPLATE(
    "sink", GST_PAD_SINK, GST_PAD_ALWAYS,
    GST_STATIC_CAPS("audio/x-raw, format=(string)S16LE, layout=(string)interleaved, "
                    "rate=(int){8000, 16000, 24000}, channels=(int)1; " COMPANDED_CAPS));
GstStaticPadTemplate src_template = GST_STATIC_PAD_TEMPLATE(
    "src", GST_PAD_SRC, GST_PAD_ALWAYS, GST_STATIC_CAPS("audio/x-raw; " COMPANDED_CAPS));

// --- Signals and probes -----------------------------------------------------------------------

void on_speech_start(GstElement*, guint turn_id, guint64 start, guint64, gpointer data) {
  GstAgentBrain* self = GST_AGENT_BRAIN(data);
  gstpp::guarded(self, 0, [&] {
    self->state->conductor->on_speech_start(turn_id, start);
    return 0;
  });
}

void on_speech_end(GstElement*, guint turn_id, guint64 end, guint64, gpointer data) {
  GstAgentBrain* self = GST_AGENT_BRAIN(data);
  gstpp::guarded(self, 0, [&] {
    self->state->conductor->on_speech_end(turn_id, end);
    return 0;
  });
}

GstPadProbeReturn on_tts_input(GstPad*, GstPadProbeInfo* info, gpointer data) {
  GstAgentBrain* self = GST_AGENT_BRAIN(data);
  return gstpp::guarded(self, GST_PAD_PROBE_OK, [&] {
    Conductor& conductor = *self->state->conductor;
    if (info->type & GST_PAD_PROBE_TYPE_BUFFER) {
      conductor.on_sentence(GST_PAD_PROBE_INFO_BUFFER(info));
    } else if (jackfield::parse_reply_end(GST_PAD_PROBE_INFO_EVENT(info))) {
      conductor.on_reply_text_end();
    }
    return GST_PAD_PROBE_OK;
  });
}

// The reply is made now, not when the caller's audio was captured: only whether the pipeline is
// live matters, and stages need not know of latency.
gboolean src_query(GstPad* pad, GstObject* parent, GstQuery* query) {
  if (GST_QUERY_TYPE(query) != GST_QUERY_LATENCY) return gst_pad_query_default(pad, parent, query);
  GstAgentBrain* self = GST_AGENT_BRAIN(parent);
  if (!gst_pad_peer_query(self->state->sink, query)) return FALSE;
  gboolean live = FALSE;
  GstClockTime min = 0;
  gst_query_parse_latency(query, &live, &min, nullptr);
  gst_query_set_latency(query, live, min, GST_CLOCK_TIME_NONE);
  return TRUE;
}

// --- States -----------------------------------------------------------------------------------

// With what the persona says of them, as it was last read.
Settings snapshot(GstAgentBrain* self) {
  const State& s = *self->state;
  gstpp::ObjectLock lock(self);
  Settings settings = s.settings;
  settings.may = s.persona.may;
  if (settings.names.empty() && !s.persona.name.empty()) {
    settings.names = s.persona.name;
    settings.conversation.turns.addressee.names = jackfield::SpokenNames(settings.names);
  }
  return settings;
}

// False after an element error.
bool read_persona(GstAgentBrain* self) {
  State& s = *self->state;
  const std::string path = snapshot(self).persona;
  jackfield::Persona persona;
  try {
    if (!path.empty()) persona = jackfield::load_persona(path);
  } catch (const std::runtime_error& mistake) {
    GST_ELEMENT_ERROR(self, RESOURCE, SETTINGS, ("%s", mistake.what()), (nullptr));
    return false;
  }
  gstpp::ObjectLock lock(self);
  s.persona = std::move(persona);
  return true;
}

// Gives it to the stages. False after an element error.
bool apply_persona(GstAgentBrain* self) {
  State& s = *self->state;
  const std::string path = snapshot(self).persona;
  if (path.empty()) return true;
  const auto wrong = agentbrain::give_persona(GST_BIN(self), path, s.persona);
  if (wrong) GST_ELEMENT_ERROR(self, RESOURCE, SETTINGS, ("%s", wrong->c_str()), (nullptr));
  return !wrong;
}

// Stages that want to know who calls. Of several at a time the last word is the newest.
void give_caller(GstAgentBrain* self) {
  std::string given;
  do {
    given = snapshot(self).caller.caller;
    agentbrain::give_caller(GST_BIN(self), jackfield::callers::read_identity(given).value_or(""));
  } while (given != snapshot(self).caller.caller);
}

// To which turns it answers. What is wrong with that, if anything.
std::optional<std::string> set_addressee(State& s, const Settings& settings) {
  const auto& addressee = settings.conversation.turns.addressee;
  if (!settings.addressee_given) return std::nullopt;
  if (addressee.named && addressee.names.empty()) {
    return "names: answer-when=named needs the names that the agent answers to";
  }
  if (!s.realtime->expected() ||
      s.realtime->answer_when(addressee.named, settings.names, addressee.window) ||
      !addressee.named) {
    return std::nullopt;
  }
  return "realtime: the stage answers all that is said; answer-when=named needs stt, llm and tts, "
         "or "
         "a stage with the properties answer-when, names and named-window";
}

void configure_fallbacks(State& s, const Settings& settings) {
  const auto of = [&](GstClockTime after) {
    return agentbrain::StageSwitchSettings{.after = after, .stay = settings.fallback_for};
  };
  s.stages->configure(of(settings.stt_fallback_after), of(settings.llm_fallback_after),
                      of(settings.tts_fallback_after));
}

void configure_reply(State& s, const Settings& settings) {
  gst_reply_gate_configure(GST_REPLY_GATE(s.reply_gate), s.tools->adjusted(settings.reply));
}

void apply(GstAgentBrain* self) {
  State& s = *self->state;
  if (!s.conductor) return;
  const Settings settings = snapshot(self);
  s.conductor->configure(settings.conversation);
  configure_fallbacks(s, settings);
  configure_reply(s, settings);
  s.tools->configure(settings);
  s.caller->configure(settings.caller);
}

void change_addressee(GstAgentBrain* self) {
  if (GST_STATE(self) < GST_STATE_PAUSED) return;  // judged at the start
  if (const auto wrong = set_addressee(*self->state, snapshot(self)))
    GST_ELEMENT_WARNING(self, RESOURCE, SETTINGS, ("%s", wrong->c_str()), (nullptr));
}

bool build(GstAgentBrain* self) {
  State& s = *self->state;
  const Settings settings = snapshot(self);
  if (!settings.realtime.empty()) {
    std::optional<std::string> error;
    if (settings.stages_given) {
      error =
          "realtime: the stage takes the place of stt, llm, tts and their fallbacks; set either "
          "it or them";
    } else {
      s.stages->clear();
      error = s.realtime->build(settings.realtime);
      if (!error) error = set_addressee(s, settings);
      if (!error) s.realtime->speak_first(settings.conversation.speak_first);
    }
    if (!error) return true;
    GST_ELEMENT_ERROR(self, RESOURCE, SETTINGS, ("%s", error->c_str()), (nullptr));
    return false;
  }
  s.realtime->clear();
  if (const auto wrong = set_addressee(s, settings)) {
    GST_ELEMENT_ERROR(self, RESOURCE, SETTINGS, ("%s", wrong->c_str()), (nullptr));
    return false;
  }
  if (!s.broken.empty()) {
    GST_ELEMENT_ERROR(self, CORE, MISSING_PLUGIN, ("%s", s.broken.c_str()), (nullptr));
    return false;
  }
  configure_fallbacks(s, settings);
  if (const auto error = s.stages->build(settings.stages)) {
    GST_ELEMENT_ERROR(self, RESOURCE, SETTINGS, ("%s", error->c_str()), (nullptr));
    return false;
  }
  return true;
}

// A trial finds out whether there can be a directory; a call does without.
bool check_callers(GstAgentBrain* self) {
  if (!jackfield::is_trial(GST_ELEMENT(self))) return true;
  const std::string error = agentbrain::BrainCaller::check(snapshot(self).caller);
  if (error.empty()) return true;
  GST_ELEMENT_ERROR(self, RESOURCE, SETTINGS, ("%s", error.c_str()), (nullptr));
  return false;
}

void prepare(GstAgentBrain* self) {
  State& s = *self->state;
  const Settings settings = snapshot(self);
  s.tools->begin();
  configure_reply(s, settings);
  s.probed = gstpp::share_object(s.stages->tts_sink());
  s.probe = gst_pad_add_probe(
      s.probed.get(),
      static_cast<GstPadProbeType>(GST_PAD_PROBE_TYPE_BUFFER | GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM),
      on_tts_input, self, nullptr);
  s.conductor->prepare(settings.conversation, s.probed.get());
}

void wind_up(GstAgentBrain* self) {
  State& s = *self->state;
  s.conductor->join();
  if (s.probe) gst_pad_remove_probe(s.probed.get(), s.probe);
  s.probe = 0;
  s.probed.reset();
}

GstStateChangeReturn change_state(GstElement* element, GstStateChange transition) {
  GstAgentBrain* self = GST_AGENT_BRAIN(element);
  State& s = *self->state;
  // In READY the stages may have been changed.
  if ((transition == GST_STATE_CHANGE_NULL_TO_READY ||
       transition == GST_STATE_CHANGE_READY_TO_PAUSED) &&
      !(read_persona(self) && build(self) && apply_persona(self) &&
        s.tools->prepare(snapshot(self)) && check_callers(self))) {
    return GST_STATE_CHANGE_FAILURE;
  }
  // Where nothing is known so far, a stage keeps its own.
  if ((transition == GST_STATE_CHANGE_NULL_TO_READY ||
       transition == GST_STATE_CHANGE_READY_TO_PAUSED) &&
      !snapshot(self).caller.caller.empty())
    give_caller(self);
  if (transition == GST_STATE_CHANGE_PAUSED_TO_READY) s.caller->stop();
  if (transition == GST_STATE_CHANGE_PAUSED_TO_READY) s.tools->stop();
  if (transition == GST_STATE_CHANGE_READY_TO_NULL) s.tools->forget();
  if (s.realtime->expected()) {
    const GstStateChangeReturn result =
        GST_ELEMENT_CLASS(gst_agent_brain_parent_class)->change_state(element, transition);
    if (transition == GST_STATE_CHANGE_READY_TO_PAUSED && result != GST_STATE_CHANGE_FAILURE)
      s.caller->begin();
    // When a child fails, GstBin brings all of them to READY.
    if (result == GST_STATE_CHANGE_FAILURE) s.realtime->let_others_rest();
    return result;
  }
  if (transition == GST_STATE_CHANGE_READY_TO_PAUSED) {
    prepare(self);
    s.caller->begin();
  }
  if (transition == GST_STATE_CHANGE_PAUSED_TO_READY) s.conductor->stop();
  const GstStateChangeReturn result =
      GST_ELEMENT_CLASS(gst_agent_brain_parent_class)->change_state(element, transition);
  if (transition == GST_STATE_CHANGE_READY_TO_PAUSED && result == GST_STATE_CHANGE_FAILURE) {
    s.caller->stop();
    s.conductor->stop();
    // Some children may stream already.
    GST_ELEMENT_CLASS(gst_agent_brain_parent_class)
        ->change_state(element, GST_STATE_CHANGE_PAUSED_TO_READY);
    wind_up(self);
  }
  if (transition == GST_STATE_CHANGE_PAUSED_TO_READY) wind_up(self);
  if (transition == GST_STATE_CHANGE_PAUSED_TO_PLAYING && result != GST_STATE_CHANGE_FAILURE) {
    s.conductor->playing();
  }
  return result;
}

void handle_message(GstBin* bin, GstMessage* message) {
  handle_stage_message(GST_AGENT_BRAIN(bin), message,
                       GST_BIN_CLASS(gst_agent_brain_parent_class)->handle_message);
}

// Its own messages, and a speech-to-speech stage's in its name.
gboolean post_message(GstElement* element, GstMessage* message) {
  GstAgentBrain* self = GST_AGENT_BRAIN(element);
  const GstStructure* told = GST_MESSAGE_TYPE(message) == GST_MESSAGE_ELEMENT
                                 ? gst_message_get_structure(message)
                                 : nullptr;
  if (told && self->state->tools)
    gstpp::guarded(self, 0, [&] {
      self->state->tools->overhear(told);
      return 0;
    });
  return GST_ELEMENT_CLASS(gst_agent_brain_parent_class)->post_message(element, message);
}

// --- Properties -------------------------------------------------------------------------------

// At once, because the pads are linked before READY.
void expect_realtime(GstAgentBrain* self) {
  State& s = *self->state;
  if (snapshot(self).realtime.empty()) {
    s.realtime->clear();
  } else {
    s.realtime->expect();
  }
}

void set_property(GObject* object, guint id, const GValue* value, GParamSpec* pspec) {
  GstAgentBrain* self = GST_AGENT_BRAIN(object);
  gstpp::guarded(self, 0, [&] {
    bool known = false;
    bool late = false;
    {
      gstpp::ObjectLock lock(self);
      late = id == kPropRealtime && GST_STATE(self) > GST_STATE_READY;
      if (!late) known = set_setting(self->state->settings, id, value);
    }
    if (late) {
      GST_ELEMENT_ERROR(self, RESOURCE, SETTINGS,
                        ("realtime: it cannot be changed while the agent runs"), (nullptr));
    } else if (known) {
      if (id == kPropRealtime) expect_realtime(self);
      if (id == kPropCaller) give_caller(self);  // before the greeting that apply() may let go
      apply(self);
      if (id >= kPropAnswerWhen && id <= kPropNamedWindow) change_addressee(self);
    } else if (id >= kPropModel && self->state->detector) {
      g_object_set_property(G_OBJECT(self->state->detector), pspec->name, value);
    } else if (id < kPropModel) {
      G_OBJECT_WARN_INVALID_PROPERTY_ID(object, id, pspec);
    }
    return 0;
  });
}

// Those of the stage, if it has any.
GstStructure* realtime_stats(GstAgentBrain* self, GstStructure* none) {
  const gstpp::ElementPtr stage{gst_bin_get_by_name(GST_BIN(self), "realtime")};
  GParamSpec* spec =
      stage ? g_object_class_find_property(G_OBJECT_GET_CLASS(stage.get()), "stats") : nullptr;
  if (!spec || spec->value_type != GST_TYPE_STRUCTURE) return none;
  GstStructure* stats = nullptr;
  g_object_get(stage.get(), "stats", &stats, nullptr);
  if (!stats) return none;
  gst_structure_free(none);
  return stats;
}

GstStructure* make_stats(GstAgentBrain* self) {
  State& s = *self->state;
  GstStructure* stats = gst_structure_new_empty("application/x-agentbrain-stats");
  if (!s.conductor) return stats;
  if (s.realtime->expected()) return realtime_stats(self, stats);
  s.tools->add_stats(stats);
  s.conductor->add_stats(stats);
  gst_turn_gate_add_stats(GST_TURN_GATE(s.turn_gate), stats);
  gst_reply_gate_add_stats(GST_REPLY_GATE(s.reply_gate), stats);
  gst_structure_set(stats, "stt-refused", G_TYPE_UINT64,
                    gst_stt_port_refused(GST_STT_PORT(s.stt_port)), nullptr);
  return stats;
}

void get_property(GObject* object, guint id, GValue* value, GParamSpec* pspec) {
  GstAgentBrain* self = GST_AGENT_BRAIN(object);
  if (id == kPropStats) {
    g_value_take_boxed(value, make_stats(self));
    return;
  }
  if (id >= kPropModel) {
    if (self->state->detector) {
      g_object_get_property(G_OBJECT(self->state->detector), pspec->name, value);
    }
    return;
  }
  gstpp::ObjectLock lock(self);
  if (!get_setting(self->state->settings, id, value)) {
    G_OBJECT_WARN_INVALID_PROPERTY_ID(object, id, pspec);
  }
}

void finalize(GObject* object) {
  delete GST_AGENT_BRAIN(object)->state;
  G_OBJECT_CLASS(gst_agent_brain_parent_class)->finalize(object);
}

// Adds a child that stays for the bin's life.
GstElement* add_child(GstAgentBrain* self, gpointer element, const char* name) {
  if (!element) return nullptr;
  gst_object_set_name(GST_OBJECT(element), name);
  gst_bin_add(GST_BIN(self), GST_ELEMENT(element));
  return GST_ELEMENT(element);
}

void add_ghost(GstAgentBrain* self, GstElement* inner, const char* name, GstStaticPadTemplate* t,
               GstPad** pad) {
  gstpp::PadPtr target{inner ? gst_element_get_static_pad(inner, name) : nullptr};
  gstpp::ObjectPtr<GstPadTemplate> tmpl{
      static_cast<GstPadTemplate*>(gst_object_ref_sink(gst_static_pad_template_get(t)))};
  *pad = target ? gst_ghost_pad_new_from_template(name, target.get(), tmpl.get())
                : gst_ghost_pad_new_no_target_from_template(name, tmpl.get());
  if (GST_PAD_IS_SRC(*pad)) gst_pad_set_query_function(*pad, src_query);
  gst_element_add_pad(GST_ELEMENT(self), *pad);
}

}  // namespace

static void gst_agent_brain_class_init(GstAgentBrainClass* klass) {
  GST_DEBUG_CATEGORY_INIT(gst_agent_brain_debug, "agentbrain", 0, "voice agent");
  auto* object = G_OBJECT_CLASS(klass);
  auto* element = GST_ELEMENT_CLASS(klass);
  object->set_property = set_property;
  object->get_property = get_property;
  object->finalize = finalize;
  element->change_state = change_state;
  GST_BIN_CLASS(klass)->handle_message = handle_message;
  element->post_message = post_message;
  install_properties(object);
  gst_type_mark_as_plugin_api(answer_when_type(), static_cast<GstPluginAPIFlags>(0));
  install_signals(object);
  gst_element_class_add_static_pad_template(element, &sink_template);
  gst_element_class_add_static_pad_template(element, &src_template);
  gst_element_class_set_static_metadata(
      element, "Voice agent", "Generic/Bin/Audio",
      "Talks with a caller: turn detection, STT, LLM and TTS stages, interruption and the "
      "conversation's state",
      "The Jackfield authors");
}

static void gst_agent_brain_init(GstAgentBrain* self) {
  State& s = *(self->state = new State);
  s.detector = add_child(self, g_object_new(GST_TYPE_TURN_DETECTOR, nullptr), "detector");
  s.stt_port = add_child(self, g_object_new(GST_TYPE_STT_PORT, nullptr), "sttport");
  s.turn_gate = add_child(self, g_object_new(GST_TYPE_TURN_GATE, nullptr), "turngate");
  s.reply_gate = add_child(self, g_object_new(GST_TYPE_REPLY_GATE, nullptr), "replygate");
  GstElement* convert =
      add_child(self, gst_element_factory_make("audioconvert", nullptr), "replyconvert");
  GstElement* resample =
      add_child(self, gst_element_factory_make("audioresample", nullptr), "replyresample");
  if (!convert || !resample) {
    s.broken = "the elements audioconvert and audioresample are missing (gst-plugins-base)";
  } else {
    gst_element_link_many(s.reply_gate, convert, resample, nullptr);
  }
  gst_element_link(s.detector, s.stt_port);
  add_ghost(self, s.detector, "sink", &sink_template, &s.sink);
  add_ghost(self, resample, "src", &src_template, &s.src);

  std::vector<GstElement*> others{s.detector, s.stt_port, s.turn_gate, s.reply_gate};
  for (GstElement* converter : {convert, resample}) {
    if (converter) others.push_back(converter);
  }
  s.realtime = std::make_unique<agentbrain::RealtimeStage>(agentbrain::RealtimeStage::Bin{
      .bin = GST_BIN(self), .sink = s.sink, .src = s.src, .others = std::move(others)});

  s.conductor = std::make_unique<Conductor>(Conductor::Parts{
      .bin = GST_ELEMENT(self),
      .detector = s.detector,
      .turn_gate = GST_TURN_GATE(s.turn_gate),
      .reply_gate = GST_REPLY_GATE(s.reply_gate),
      .sink = s.sink,
      .on_reply_cut = [self] { self->state->tools->reply_cut(); },
      .on_caller_speaks = [self](bool speaks) { self->state->tools->caller_speaks(speaks); },
      .on_caller_said = [self](
                            guint turn,
                            bool continues) { self->state->tools->caller_said(turn, continues); }});
  s.tools = std::make_unique<agentbrain::BrainTools>(GST_ELEMENT(self), s.conductor.get(), [self] {
    configure_reply(*self->state, snapshot(self));
  });
  s.caller = agentbrain::BrainCaller::make(
      GST_ELEMENT(self), {.tell =
                              [self](const std::string& text) {
                                if (!tell_agent(*self->state, text.c_str(), false))
                                  GST_INFO_OBJECT(self, "the model could not be told who calls");
                              },
                          .known =
                              [self](const agentbrain::BrainCaller::Known& known) {
                                self->state->tools->set_known(known.identity, known.permissions);
                              }});
  s.tools->set_caller(s.caller);
  gst_stt_port_connect(GST_STT_PORT(s.stt_port), s.conductor.get());
  gst_turn_gate_connect(GST_TURN_GATE(s.turn_gate), s.conductor.get(), &s.conductor->time());
  gst_reply_gate_connect(GST_REPLY_GATE(s.reply_gate), s.conductor.get(), &s.conductor->time());
  s.stages = std::make_unique<Stages>(
      GST_BIN(self),
      Stages::Fixed{.stt_port = s.stt_port, .turn_gate = s.turn_gate, .reply_gate = s.reply_gate},
      s.conductor.get());
  g_signal_connect(s.detector, "speech-start", G_CALLBACK(on_speech_start), self);
  g_signal_connect(s.detector, "speech-end", G_CALLBACK(on_speech_end), self);
}
