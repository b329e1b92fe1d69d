// Graphs drawn by a child process: dot itself, and others that behave badly.
#include "control/graph_picture.hpp"

#include <glib/gstdio.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <vector>

#include "plugins/common/gstpp.hpp"

namespace jackfield {
namespace {

using Failure = GraphPicture::Failure;
using testing::HasSubstr;

class GraphPictureTest : public testing::Test {
 protected:
  void SetUp() override {
    gstpp::ErrorPtr error;
    folder_ = gstpp::CharPtr{g_dir_make_tmp("jackfield-dot-XXXXXX", gstpp::OutPtr{error})}.get();
  }
  void TearDown() override {
    g_unlink((folder_ + "/drawer").c_str());
    g_unlink((folder_ + "/seen").c_str());
    g_rmdir(folder_.c_str());
  }
  // A shell script in place of dot.
  GraphPicture::Config script(const std::string& lines) {
    const std::string path = folder_ + "/drawer";
    std::ofstream(path) << "#!/bin/sh\n" << lines << "\n";
    g_chmod(path.c_str(), 0700);
    GraphPicture::Config config;
    config.program = path;
    return config;
  }
  struct Result {
    bool is_there = false;
    Failure failure = Failure::kNone;
    std::string svg;
  };
  GraphPicture::Done into(Result& result) {
    return [&result](Failure failure, const std::string& svg) {
      EXPECT_FALSE(result.is_there) << "told twice";
      result = {true, failure, svg};
    };
  }
  template <typename Condition>
  static bool run_until(const Condition& condition) {
    const gint64 end = g_get_monotonic_time() + 20 * G_USEC_PER_SEC;
    while (!condition() && g_get_monotonic_time() < end) {
      if (!g_main_context_iteration(nullptr, FALSE)) g_usleep(1000);
    }
    return condition();
  }
  Result draw(const GraphPicture::Config& config, const std::string& dot = "digraph { a -> b }") {
    GraphPicture pictures(config);
    Result result;
    pictures.draw(dot, into(result));
    EXPECT_TRUE(run_until([&] { return result.is_there; }));
    EXPECT_EQ(pictures.children(), 0u);
    return result;
  }

  std::string folder_;
};

TEST_F(GraphPictureTest, DotDraws) {
  const gstpp::CharPtr dot{g_find_program_in_path("dot")};
  if (!dot) GTEST_SKIP() << "Graphviz is not installed";
  const Result result = draw({}, "digraph { caller -> \"<script>alert(1)</script>\" }");
  EXPECT_EQ(result.failure, Failure::kNone);
  EXPECT_THAT(result.svg, HasSubstr("<svg"));
  EXPECT_THAT(result.svg, HasSubstr("caller"));
  EXPECT_THAT(result.svg, testing::Not(HasSubstr("<script")));
  EXPECT_EQ(draw({}, "no graph at all {{{").failure, Failure::kFailed);
}

TEST_F(GraphPictureTest, IsNotInstalled) {
  GraphPicture::Config config;
  config.program = "no-such-program-as-this";
  EXPECT_EQ(draw(config).failure, Failure::kNotInstalled);
}

TEST_F(GraphPictureTest, GetsNoSecretsOfTheEnvironment) {
  g_setenv("SOME_SECRET", "hush", TRUE);
  const Result result = draw(script("cat > /dev/null; env"));
  EXPECT_EQ(result.failure, Failure::kNone);
  EXPECT_THAT(result.svg, HasSubstr("PATH="));
  EXPECT_THAT(result.svg, testing::Not(HasSubstr("hush")));
}

TEST_F(GraphPictureTest, FailuresAreTold) {
  EXPECT_EQ(draw(script("exit 1")).failure, Failure::kFailed);
  EXPECT_EQ(draw(script("cat > /dev/null")).failure, Failure::kFailed) << "nothing was drawn";
  EXPECT_EQ(draw(script("cat > /dev/null; echo '<svg/>'; exit 3")).failure, Failure::kFailed);
  // It reads nothing of a long text.
  EXPECT_EQ(draw(script("echo '<svg/>'"), std::string(3'000'000, 'x')).failure, Failure::kNone);
}

TEST_F(GraphPictureTest, TimeAndSizeAreBounded) {
  GraphPicture::Config config = script("exec sleep 60");
  config.patience_ms = 100;
  EXPECT_EQ(draw(config).failure, Failure::kTooLate);
  config = script("cat > /dev/null; exec yes");
  config.most_output = 100'000;
  EXPECT_EQ(draw(config).failure, Failure::kTooBig);
  config.most_input = 10;
  EXPECT_EQ(draw(config).failure, Failure::kTooBig);
}

TEST_F(GraphPictureTest, AFewAtATimeAndNotTooManyBehindThem) {
  // Each says how many there are while it runs.
  GraphPicture::Config config = script("cat > /dev/null; sleep 0.1; echo '<svg/>'");
  config.most_waiting = 3;
  GraphPicture pictures(config);
  std::vector<Result> results(7);
  for (Result& result : results) {
    pictures.draw("digraph {}", into(result));
    EXPECT_LE(pictures.children(), 2u);
  }
  EXPECT_EQ(results[5].failure, Failure::kBusy);
  EXPECT_EQ(results[6].failure, Failure::kBusy);
  ASSERT_TRUE(run_until([&] {
    EXPECT_LE(pictures.children(), 2u);
    return results[4].is_there;
  }));
  for (std::size_t i = 0; i < 5; ++i) EXPECT_EQ(results[i].failure, Failure::kNone) << i;
}

TEST_F(GraphPictureTest, GoesWithChildrenAtWork) {
  {
    GraphPicture pictures(script("exec sleep 60"));
    for (int i = 0; i < 4; ++i)
      pictures.draw("digraph {}", [](Failure, const std::string&) { ADD_FAILURE() << "called"; });
    EXPECT_EQ(pictures.children(), 2u);
  }
  const gint64 end = g_get_monotonic_time() + 200'000;
  run_until([&] { return g_get_monotonic_time() > end; });
}

}  // namespace
}  // namespace jackfield
