// A pipeline as a graph: what is told of it, what is not, and who waits for it.
#include "control/pipeline_view.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <mutex>
#include <optional>

#include "control/pipeline_inspector.hpp"
#include "control/typed_texts.hpp"
#include "json_reader.hpp"
#include "text/redaction.hpp"

namespace jackfield {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

gstpp::ElementPtr parse(const std::string& text) {
  gstpp::ErrorPtr error;
  GstElement* raw = gst_parse_launch(text.c_str(), gstpp::OutPtr{error});
  EXPECT_FALSE(error) << error->message;
  return gstpp::ElementPtr{GST_ELEMENT(gst_object_ref_sink(raw))};
}

JsonValue graph_of(GstElement* pipeline) {
  return read_json(to_text(pipeline_graph(pipeline).get()));
}

const JsonValue* element(const JsonValue& graph, const std::string& path) {
  for (const JsonValue& one : graph.find("elements")->items)
    if (one.find("path")->string == path) return &one;
  return nullptr;
}

std::vector<std::string> links(const JsonValue& graph) {
  std::vector<std::string> all;
  for (const JsonValue& link : graph.find("links")->items)
    all.push_back(link.find("from")->string + " > " + link.find("to")->string);
  return all;
}

// An element with every kind of property, one that blocks, and the signal of agents.
struct Odd {
  GstElement parent;
};
using OddClass = GstElementClass;
struct OddState {
  std::mutex gate;  // held by a test: reading `slow` waits
  std::mutex lock;
  std::vector<std::string> texts;
  bool takes = true;
  std::atomic<int> read_secrets{0}, read_slow{0};
};
OddState& odd() {
  static OddState state;
  return state;
}
enum { kSecret = 1, kPassword, kText, kNumber, kKind, kSlow, kStats, kDescription };

void get_odd(GObject*, guint id, GValue* value, GParamSpec*) {
  switch (id) {
    case kSecret:
    case kPassword:
      ++odd().read_secrets;
      g_value_set_string(value, "hush");
      break;
    case kText:
      g_value_set_string(value, "rtsp://me:hush@host/ and known-secret");
      break;
    case kDescription:
      g_value_set_string(value, "stage api-key=hush other=1");
      break;
    case kNumber:
      g_value_set_int(value, 7);
      break;
    case kKind:
      g_value_set_enum(value, GST_FORMAT_TIME);
      break;
    case kSlow: {
      ++odd().read_slow;
      const std::lock_guard guard(odd().gate);
      break;
    }
    default:
      g_value_take_boxed(
          value, gst_structure_new("odd-stats", "packets", G_TYPE_UINT64, guint64{42}, "token",
                                   G_TYPE_STRING, "t", nullptr));
  }
}
void set_odd(GObject*, guint, const GValue*, GParamSpec*) {}

gboolean take_text(GstElement*, const gchar* text) {
  const std::lock_guard guard(odd().lock);
  odd().texts.push_back(text);
  return odd().takes;
}

void init_odd_class(gpointer klass, gpointer) {
  auto* object = G_OBJECT_CLASS(klass);
  object->get_property = get_odd;
  object->set_property = set_odd;
  const auto both = G_PARAM_READWRITE;
  g_object_class_install_property(
      object, kSecret, g_param_spec_string("api-key", "", "", nullptr, G_PARAM_WRITABLE));
  g_object_class_install_property(object, kPassword,
                                  g_param_spec_string("user-password", "", "", nullptr, both));
  g_object_class_install_property(object, kText,
                                  g_param_spec_string("location", "", "", nullptr, both));
  g_object_class_install_property(object, kDescription,
                                  g_param_spec_string("stage", "", "", nullptr, both));
  g_object_class_install_property(object, kNumber,
                                  g_param_spec_int("number", "", "", 0, 10, 0, both));
  g_object_class_install_property(
      object, kKind,
      g_param_spec_enum("kind", "", "", GST_TYPE_FORMAT, GST_FORMAT_UNDEFINED, both));
  g_object_class_install_property(object, kSlow, g_param_spec_int("slow", "", "", 0, 1, 0, both));
  g_object_class_install_property(
      object, kStats, g_param_spec_boxed("stats", "", "", GST_TYPE_STRUCTURE, G_PARAM_READABLE));
  g_signal_new_class_handler("user-text", G_TYPE_FROM_CLASS(klass),
                             static_cast<GSignalFlags>(G_SIGNAL_RUN_LAST | G_SIGNAL_ACTION),
                             G_CALLBACK(take_text), nullptr, nullptr, nullptr, G_TYPE_BOOLEAN, 1,
                             G_TYPE_STRING);
  gst_element_class_set_static_metadata(GST_ELEMENT_CLASS(klass), "Odd", "Generic", "A test",
                                        "Jackfield");
}

class PipelineViewTest : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    gst_init(nullptr, nullptr);
    hide("known-secret");
    static const bool once = [] {
      GTypeInfo info{};
      info.class_size = sizeof(OddClass);
      info.class_init = init_odd_class;
      info.instance_size = sizeof(Odd);
      return gst_element_register(
          nullptr, "testodd", GST_RANK_NONE,
          g_type_register_static(GST_TYPE_ELEMENT, "TestOdd", &info, static_cast<GTypeFlags>(0)));
    }();
    ASSERT_TRUE(once);
  }
  void SetUp() override {
    odd().texts.clear();
    odd().takes = true;
    odd().read_secrets = odd().read_slow = 0;
  }
  template <typename Condition>
  static bool run_until(const Condition& condition) {
    const gint64 end = g_get_monotonic_time() + 20 * G_USEC_PER_SEC;
    while (!condition() && g_get_monotonic_time() < end) {
      if (!g_main_context_iteration(nullptr, FALSE)) g_usleep(1000);
    }
    return condition();
  }
};

TEST_F(PipelineViewTest, ElementsLinksAndWhatIsInBins) {
  const auto pipeline = parse(
      "fakesrc name=a num-buffers=7 ! audio/x-raw,rate=8000 ! identity ! "
      "( name=box identity name=first ! identity name=second ) ! tee name=t  t. ! fakesink name=s");
  const JsonValue graph = graph_of(pipeline.get());
  const JsonValue* source = element(graph, "a");
  ASSERT_TRUE(source);
  EXPECT_EQ(source->find("name")->string, "a");
  EXPECT_EQ(source->find("factory")->string, "fakesrc");
  EXPECT_EQ(source->find("klass")->string, "Source");
  EXPECT_EQ(source->find("state")->string, "NULL");
  EXPECT_TRUE(source->find("parent")->is(JsonValue::Kind::kNull));
  EXPECT_EQ(source->find("properties")->find("num-buffers")->number, 7);
  // What is as it was is left out.
  EXPECT_FALSE(source->find("properties")->find("is-live"));
  EXPECT_FALSE(source->find("properties")->find("silent"));
  const JsonValue* inner = element(graph, "box/second");
  ASSERT_TRUE(inner);
  EXPECT_EQ(inner->find("name")->string, "second");
  EXPECT_EQ(inner->find("parent")->string, "box");
  EXPECT_THAT(links(graph), Contains("identity0.src > box/first.sink"));
  EXPECT_THAT(links(graph), Contains("box/first.src > box/second.sink"));
  EXPECT_THAT(links(graph), Contains("box/second.src > t.sink"));
  EXPECT_THAT(links(graph), Contains("t.src_0 > s.sink"));
  EXPECT_EQ(links(graph).size(), 6u);
}

TEST_F(PipelineViewTest, NothingSecretIsReadOrTold) {
  const auto pipeline = parse("fakesrc ! fakesink testodd name=o");
  const std::string text = to_text(pipeline_graph(pipeline.get()).get());
  EXPECT_EQ(odd().read_secrets, 0) << "not even read";
  EXPECT_THAT(text, Not(HasSubstr("hush")));
  EXPECT_THAT(text, Not(HasSubstr("known-secret")));
  const JsonValue graph = read_json(text);
  const JsonValue* properties = element(graph, "o")->find("properties");
  EXPECT_EQ(properties->find("location")->string, "rtsp://***@host/ and ***");
  EXPECT_EQ(properties->find("stage")->string, "stage api-key=*** other=1");
  EXPECT_EQ(properties->find("number")->number, 7);
  EXPECT_EQ(properties->find("kind")->string, "time");
  const JsonValue* stats = element(graph, "o")->find("stats");
  EXPECT_EQ(stats->find("packets")->number, 42);
  const std::string dot = pipeline_dot(pipeline.get());
  EXPECT_THAT(dot, HasSubstr("digraph"));
  EXPECT_THAT(dot, HasSubstr("location"));
  EXPECT_THAT(dot, Not(HasSubstr("known-secret")));
  EXPECT_THAT(dot, Not(HasSubstr("me:hush")));
  EXPECT_THAT(dot, Not(HasSubstr("=hush")));
}

TEST_F(PipelineViewTest, FiguresAreOfElementsThatHaveSome) {
  const auto pipeline = parse("fakesrc ! identity ! fakesink testodd name=o");
  const JsonValue figures = read_json(to_text(pipeline_figures(pipeline.get()).get()));
  ASSERT_TRUE(figures.find("elements"));
  bool found = false;
  for (const JsonValue& one : figures.find("elements")->items) {
    EXPECT_TRUE(one.find("stats"));
    found = found || one.find("path")->string == "o";
  }
  EXPECT_TRUE(found);
}

std::shared_ptr<void> ask_odd(GstElement* pipeline) {
  return {pipeline_graph(pipeline).release(), json_object_unref};
}

TEST_F(PipelineViewTest, ThoseWhoAskAtOnceShareOneAnswer) {
  const auto pipeline = parse("fakesrc ! fakesink testodd name=o");
  PipelineInspector inspector;
  std::vector<std::shared_ptr<void>> answers;
  {
    const std::lock_guard guard(odd().gate);
    for (int i = 0; i < 3; ++i)
      inspector.ask(pipeline.get(), ask_odd, [&](auto& answer) { answers.push_back(answer); });
    EXPECT_TRUE(answers.empty()) << "the main thread does not wait";
  }
  ASSERT_TRUE(run_until([&] { return answers.size() == 3; }));
  EXPECT_TRUE(answers[0]);
  EXPECT_EQ(answers[0], answers[2]);
  EXPECT_EQ(odd().read_slow, 1);
}

TEST_F(PipelineViewTest, AnElementThatIsStuckKeepsNobodyWaiting) {
  const auto pipeline = parse("fakesrc ! fakesink testodd name=o"),
             other = parse("fakesrc ! fakesink");
  PipelineInspector inspector(50);
  int refused = 0;
  bool answered = false;
  const auto count = [&](const std::shared_ptr<void>& answer) {
    answer ? answered = true : ++refused;
  };
  {
    const std::lock_guard guard(odd().gate);
    inspector.ask(pipeline.get(), ask_odd, count);
    ASSERT_TRUE(run_until([&] { return refused == 1; }));
    // Nobody else is sent there.
    inspector.ask(pipeline.get(), ask_odd, count);
    EXPECT_EQ(refused, 2);
    EXPECT_EQ(odd().read_slow, 1);
    inspector.ask(other.get(), ask_odd, count);
    ASSERT_TRUE(run_until([&] { return answered; }));
  }
  // Once it has come free it is asked again.
  answered = false;
  ASSERT_TRUE(run_until([&] {
    if (!answered) inspector.ask(pipeline.get(), ask_odd, count);
    return answered;
  }));
}

TEST_F(PipelineViewTest, AnswersThatComeTooLateFindNobody) {
  const auto pipeline = parse("fakesrc ! fakesink testodd name=o");
  {
    const std::lock_guard guard(odd().gate);
    {
      PipelineInspector inspector;
      inspector.ask(pipeline.get(), ask_odd, [](auto&) { ADD_FAILURE() << "called"; });
      run_until([] { return odd().read_slow == 1; });
    }
  }
  // The job takes itself out of the way.
  run_until([&] { return GST_OBJECT_REFCOUNT_VALUE(pipeline.get()) == 1; });
}

class TypedTextsTest : public PipelineViewTest {};

TEST_F(TypedTextsTest, GoToTheElementThatTakesThemInOrder) {
  const auto pipeline = parse("fakesrc ! fakesink testodd");
  TypedTexts texts;
  std::vector<TypedTexts::Outcome> outcomes;
  for (const char* text : {"one", "two", "three"})
    texts.send(pipeline.get(), text, [&](auto outcome) { outcomes.push_back(outcome); });
  ASSERT_TRUE(run_until([&] { return outcomes.size() == 3; }));
  EXPECT_THAT(outcomes, testing::Each(TypedTexts::Outcome::kTaken));
  EXPECT_THAT(odd().texts, ElementsAre("one", "two", "three"));
  odd().takes = false;
  texts.send(pipeline.get(), "four", [&](auto outcome) { outcomes.push_back(outcome); });
  ASSERT_TRUE(run_until([&] { return outcomes.size() == 4; }));
  EXPECT_EQ(outcomes.back(), TypedTexts::Outcome::kRefused);
}

TEST_F(TypedTextsTest, NobodyTakesThemAndTooMany) {
  const auto silent = parse("fakesrc ! fakesink");
  TypedTexts texts;
  std::optional<TypedTexts::Outcome> outcome;
  texts.send(silent.get(), "hello", [&](auto how) { outcome = how; });
  ASSERT_TRUE(run_until([&] { return outcome.has_value(); }));
  EXPECT_EQ(*outcome, TypedTexts::Outcome::kNobody);
  const auto pipeline = parse("fakesrc ! fakesink testodd");
  std::size_t done = 0, refused = 0;
  {
    const std::lock_guard guard(odd().lock);  // the first one waits
    for (std::size_t i = 0; i < TypedTexts::kMostWaiting + 3; ++i)
      texts.send(pipeline.get(), "again",
                 [&](auto how) { how == TypedTexts::Outcome::kTooMany ? ++refused : ++done; });
    EXPECT_EQ(refused, 2u);
  }
  ASSERT_TRUE(run_until([&] { return done == TypedTexts::kMostWaiting + 1; }));
}

}  // namespace
}  // namespace jackfield
