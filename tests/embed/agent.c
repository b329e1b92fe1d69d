/* Answers telephone calls one after the other, in an application of its own.
 *
 *   cc agent.c -o agent $(pkg-config --cflags --libs gstreamer-1.0)
 *   ./agent PORT CALLS FOLDER GRAMMAR SCRIPT
 *
 * Waits on ws://127.0.0.1:PORT/calls, writes FOLDER/call-1.wav and so on, and ends after CALLS calls.
 * The key # of the caller hangs up. */
#include <gst/gst.h>
#include <stdlib.h>

typedef struct {
  GMainLoop *loop;
  GstElement *pipeline, *source, *brain, *recorder;
  const char *folder;
  int calls, number, failed;
  gint onsets; /* counted by a streaming thread */
} Agent;

/* A signal of a child of agentbrain. It comes from the thread that reads the network: do no more here
 * than note that it happened. */
static void on_speech_start(GstElement *detector, guint turn, guint64 start, guint64 now,
                            gpointer data) {
  (void)detector, (void)turn, (void)start, (void)now;
  g_atomic_int_inc(&((Agent *)data)->onsets);
}

static void begin_call(Agent *agent) {
  agent->number++;
  char *file = g_strdup_printf("%s/call-%d.wav", agent->folder, agent->number);
  g_object_set(agent->recorder, "location", file, NULL);
  g_free(file);
  if (gst_element_set_state(agent->pipeline, GST_STATE_PLAYING) == GST_STATE_CHANGE_FAILURE) {
    return; /* an error message tells why */
  }
  guint port = 0;
  g_object_get(agent->source, "current-port", &port, NULL);
  g_print("waiting for call %d on port %u\n", agent->number, port);
}

static void end_call(Agent *agent) {
  GstStructure *conversation = NULL, *line = NULL;
  g_object_get(agent->brain, "stats", &conversation, NULL);
  g_object_get(agent->source, "stats", &line, NULL);
  guint64 turns = 0, interruptions = 0, media = 0;
  gst_structure_get(conversation, "turns", G_TYPE_UINT64, &turns, "interruptions", G_TYPE_UINT64,
                    &interruptions, NULL);
  gst_structure_get(line, "media-messages", G_TYPE_UINT64, &media, NULL);
  g_print("stats: %" G_GUINT64_FORMAT " turns, %" G_GUINT64_FORMAT
          " interruptions, %s media messages, speech began %s\n",
          turns, interruptions, media > 0 ? "some" : "no",
          g_atomic_int_get(&agent->onsets) > 0 ? "at times" : "never");
  gst_structure_free(conversation);
  gst_structure_free(line);

  /* NULL frees the port, closes the recording and takes everything back to the start. */
  gst_element_set_state(agent->pipeline, GST_STATE_NULL);
  g_atomic_int_set(&agent->onsets, 0);
  if (agent->number < agent->calls) {
    begin_call(agent);
  } else {
    g_main_loop_quit(agent->loop);
  }
}

/* EOS into the source ends the stream: what the agent has said so far is played, then the line is
 * closed, and EOS arrives on the bus. */
static void hang_up(Agent *agent) {
  gst_element_send_event(agent->source, gst_event_new_eos());
}

static void on_element_message(Agent *agent, const GstStructure *s) {
  if (gst_structure_has_name(s, "twilio/call-started")) {
    g_print("call started: %s\n", gst_structure_get_string(s, "call-sid"));
  } else if (gst_structure_has_name(s, "twilio/call-ended")) {
    g_print("call ended: %s\n", gst_structure_get_string(s, "reason"));
  } else if (gst_structure_has_name(s, "dtmf-event")) {
    const char *digit = gst_structure_get_string(s, "digit");
    g_print("key: %s\n", digit);
    if (g_str_equal(digit, "#")) hang_up(agent);
  } else if (gst_structure_has_name(s, "agentbrain/transcript")) {
    gboolean final = FALSE, not_understood = FALSE;
    gst_structure_get(s, "final", G_TYPE_BOOLEAN, &final, "not-understood", G_TYPE_BOOLEAN,
                      &not_understood, NULL);
    if (final) {
      g_print("caller: %s\n", not_understood ? "(?)" : gst_structure_get_string(s, "text"));
    }
  } else if (gst_structure_has_name(s, "agentbrain/reply")) {
    gboolean interrupted = FALSE;
    gst_structure_get_boolean(s, "interrupted", &interrupted);
    g_print("agent: %s%s\n", gst_structure_get_string(s, "text"),
            interrupted ? " -- interrupted" : "");
  } else if (gst_structure_has_name(s, "agentbrain/turn")) {
    guint64 total = 0;
    gst_structure_get_uint64(s, "total", &total);
    g_print("latency: %" G_GUINT64_FORMAT " ms\n", total / GST_MSECOND);
    /* Most properties can be changed while the call runs. */
    g_object_set(agent->brain, "hang-over", 300 * GST_MSECOND, NULL);
  } else if (gst_structure_has_name(s, "agentbrain/error")) {
    g_print("error in stage %s: %s\n", gst_structure_get_string(s, "stage"),
            gst_structure_get_string(s, "text"));
  }
}

/* Called by the main loop, in its thread: here an application may do what it likes. */
static gboolean on_message(GstBus *bus, GstMessage *message, gpointer data) {
  (void)bus;
  Agent *agent = data;
  switch (GST_MESSAGE_TYPE(message)) {
    case GST_MESSAGE_ELEMENT:
      on_element_message(agent, gst_message_get_structure(message));
      break;
    case GST_MESSAGE_EOS: /* the call is over, and everything was played and written */
      end_call(agent);
      break;
    case GST_MESSAGE_ERROR: {
      GError *error = NULL;
      char *details = NULL;
      gst_message_parse_error(message, &error, &details);
      g_printerr("%s: %s (%s)\n", GST_OBJECT_NAME(GST_MESSAGE_SRC(message)), error->message,
                 details ? details : "no details");
      g_error_free(error);
      g_free(details);
      agent->failed++;
      g_main_loop_quit(agent->loop);
      break;
    }
    default:
      break;
  }
  return G_SOURCE_CONTINUE;
}

int main(int argc, char **argv) {
  gst_init(&argc, &argv);
  if (argc != 6) {
    g_printerr("usage: %s PORT CALLS FOLDER GRAMMAR SCRIPT\n", argv[0]);
    return 2;
  }
  Agent agent = {.folder = argv[3], .calls = atoi(argv[2])};
  GError *error = NULL;
  agent.pipeline = gst_parse_launch(
      "twiliosrc name=source path=/calls ! tee name=caller  callrecorder name=recorder  "
      "caller. ! recorder.caller  caller. ! mulawdec ! agentbrain name=brain ! mulawenc ! "
      "tee name=voice  voice. ! twiliosink  voice. ! recorder.agent",
      &error);
  if (!agent.pipeline || error) {
    g_printerr("%s\n", error->message); /* an element that is not installed, for instance */
    return 1;
  }
  agent.source = gst_bin_get_by_name(GST_BIN(agent.pipeline), "source");
  agent.brain = gst_bin_get_by_name(GST_BIN(agent.pipeline), "brain");
  agent.recorder = gst_bin_get_by_name(GST_BIN(agent.pipeline), "recorder");

  char *stt = g_strdup_printf("pocketsphinxstt grammar=\"%s\"", argv[4]);
  char *llm = g_strdup_printf("scriptedllm script=\"%s\"", argv[5]);
  g_object_set(agent.source, "port", (guint)atoi(argv[1]), NULL);
  g_object_set(agent.brain, "stt", stt, "llm", llm, "tts", "flitetts voice=slt", NULL);
  g_free(stt);
  g_free(llm);

  GstElement *detector = gst_bin_get_by_name(GST_BIN(agent.brain), "detector");
  g_signal_connect(detector, "speech-start", G_CALLBACK(on_speech_start), &agent);
  gst_object_unref(detector);

  agent.loop = g_main_loop_new(NULL, FALSE);
  GstBus *bus = gst_element_get_bus(agent.pipeline);
  guint watch = gst_bus_add_watch(bus, on_message, &agent);
  begin_call(&agent);
  g_main_loop_run(agent.loop);

  gst_element_set_state(agent.pipeline, GST_STATE_NULL);
  g_source_remove(watch);
  gst_object_unref(bus);
  gst_object_unref(agent.source);
  gst_object_unref(agent.brain);
  gst_object_unref(agent.recorder);
  gst_object_unref(agent.pipeline);
  g_main_loop_unref(agent.loop);
  gst_deinit();
  return agent.failed ? 1 : 0;
}
