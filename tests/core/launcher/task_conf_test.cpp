#include "conf/core/task_conf.hpp"

#include <gtest/gtest.h>

#include "scenario/core/source_position.hpp"

namespace jackfield {
namespace {

constexpr char kTask[] = "[task a]\npipeline=task.gst\ngoal=look\n";

Conf good(const std::string& text) {
  std::vector<TextError> errors;
  Conf conf = read_conf(text, errors);
  EXPECT_TRUE(errors.empty()) << errors.front().message << "; " << errors.front().hint;
  return conf;
}

// "LINE: message; hint" of the only error.
std::string wrong(const std::string& text) {
  std::vector<TextError> errors;
  read_conf(text, errors);
  if (errors.size() != 1) return std::to_string(errors.size()) + " errors";
  return std::to_string(position_of(text, errors[0].offset).line) + ": " + errors[0].message +
         "; " + errors[0].hint;
}
std::string wrong_task(const std::string& key) { return wrong(kTask + key + "\n"); }
std::string wrong_schedule(const std::string& keys) {
  return wrong(kTask + std::string{"[schedule s]\n"} + keys + "\n");
}
bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

TEST(TaskConf, ATaskWithEverything) {
  const Conf conf = good(
      "[task research]\npipeline=task.gst\nprofile=local\ndescription=Looks things up\n"
      "goal=What is new?\nmax-running=3\ntimeout=60\nMODEL=fast\n");
  ASSERT_EQ(conf.tasks.size(), 1u);
  const TaskConf& task = conf.tasks[0];
  EXPECT_EQ(task.line.name, "research");
  EXPECT_EQ(task.line.pipeline, "task.gst");
  EXPECT_EQ(task.line.profile, "local");
  EXPECT_EQ(task.line.variables, (Variables::Map{{"MODEL", "fast"}}));
  EXPECT_EQ(task.description, "Looks things up");
  EXPECT_EQ(task.goal, "What is new?");
  EXPECT_EQ(task.max_running, 3u);
  EXPECT_EQ(task.timeout, 60u);
  EXPECT_TRUE(conf.lines.empty());
}

TEST(TaskConf, WhatIsWrongWithATask) {
  EXPECT_TRUE(has(wrong("[task a]\n"), "1: the task 'a' has no pipeline"));
  EXPECT_TRUE(has(wrong("[task]\npipeline=t.gst\n"), "this task has no name"));
  EXPECT_TRUE(has(wrong("[task a b]\npipeline=t.gst\n"), "'a b' is no name for a task"));
  EXPECT_TRUE(has(wrong("[task  a]\npipeline=t.gst\n[task a]\npipeline=t.gst\n"),
                  "3: the task 'a' is there already"));
  EXPECT_TRUE(has(wrong_task("max-running=0"), "from 1 to 100"));
  EXPECT_TRUE(has(wrong_task("timeout=x"), "4: 'x' is not a value for 'timeout'"));
  EXPECT_TRUE(has(wrong_task("gaol=x"), "did you mean 'goal'?"));
  EXPECT_TRUE(has(wrong_task("RECORDING=x"), "jackfield's own"));
  EXPECT_TRUE(has(wrong_task("OPENAI_API_KEY=x"), "looks like a secret"));
  EXPECT_TRUE(
      has(wrong("[task a]\npipeline=t.gst\ngoal=" + std::string(8193, 'x') + "\n"), "too long"));
}

TEST(TaskConf, Schedules) {
  const Conf conf = good(std::string{kTask} +
                         "[schedule news]\ntask=a\ngoal=The news\ncron=0 9 * * mon-fri\n"
                         "time-zone=Europe/Berlin\ncatch-up=30m\ntimeout=90\n"
                         "[schedule often]\ntask=a\nevery=1h30m\n"
                         "[schedule once]\ntask=a\nat=2026-12-24T18:00\n");
  ASSERT_EQ(conf.schedules.size(), 3u);
  const ScheduleConf& news = conf.schedules[0];
  EXPECT_EQ(news.name, "news");
  EXPECT_EQ(news.task, "a");
  EXPECT_EQ(news.goal, "The news");
  EXPECT_EQ(news.time_zone, "Europe/Berlin");
  EXPECT_EQ(news.catch_up, 30 * schedule::kMinute);
  EXPECT_EQ(news.timeout, 90u);
  EXPECT_EQ(news.written, "cron=0 9 * * mon-fri");
  EXPECT_TRUE(std::holds_alternative<schedule::CronRule>(*news.timing));
  EXPECT_EQ(std::get<schedule::Every>(*conf.schedules[1].timing).period, 5400);
  EXPECT_EQ(conf.schedules[1].catch_up, schedule::kHour);
  EXPECT_FALSE(conf.schedules[2].timing);
  EXPECT_EQ(conf.schedules[2].at, "2026-12-24T18:00");
}

TEST(TaskConf, WhatIsWrongWithASchedule) {
  EXPECT_TRUE(has(wrong_schedule("task=a"), "4: the schedule 's' has no time; write one of"));
  EXPECT_TRUE(has(wrong_schedule("task=a\nevery=1h\ncron=0 9 * * *"), "more than one time"));
  EXPECT_TRUE(has(wrong_schedule("every=1h"), "has no task"));
  EXPECT_TRUE(has(wrong_schedule("task=b\nevery=1h"), "5: there is no task 'b'"));
  EXPECT_TRUE(has(wrong_schedule("task=a\nevery=0s"), "not a value for 'every'"));
  EXPECT_TRUE(has(wrong_schedule("task=a\nevery=15"), "it looks like 30s"));
  EXPECT_TRUE(has(wrong_schedule("task=a\ncron=0 0 30 2 *"), "this would never be"));
  EXPECT_TRUE(has(wrong_schedule("task=a\ncron=0 25 * * *"), "'25' is no hour"));
  EXPECT_TRUE(has(wrong_schedule("task=a\nevery=1h\ntime-zone=Europe/Berlin"), "no time zone"));
  EXPECT_TRUE(has(wrong_schedule("task=a\nevery=1h\ncatch-up=8d"), "at most 7d"));
  EXPECT_TRUE(has(wrong_schedule("task=a\nevery=1h\nMODEL=x"), "belongs to the [task NAME]"));
  EXPECT_TRUE(has(wrong_schedule("task=a\nevery=1h\ncorn=x"), "did you mean 'cron'?"));
  EXPECT_TRUE(has(wrong("[task a]\npipeline=t.gst\n[schedule s]\ntask=a\nevery=1h\n"),
                  "3: the schedule 's' has no goal"));
  EXPECT_TRUE(has(wrong("[shedule s]\n"), "did you mean '[schedule s]'?"));
}

TEST(TaskConf, LinesThatStartTasks) {
  const Conf conf =
      good(std::string{kTask} + "[line x]\npipeline=x.gst\ntasks=a, b\n[task b]\npipeline=b.gst\n");
  EXPECT_EQ(conf.lines[0].tasks, (std::vector<std::string>{"a", "b"}));
  EXPECT_TRUE(has(wrong(std::string{kTask} + "[line x]\npipeline=x.gst\ntasks=aa\n"),
                  "6: there is no task 'aa'; did you mean 'a'?"));
}

}  // namespace
}  // namespace jackfield
