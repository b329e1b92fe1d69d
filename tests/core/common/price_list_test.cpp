#include "price_list.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace {

using jackfield::PositionedError;
using jackfield::read_price_list;
using testing::HasSubstr;

constexpr char kList[] = R"({
  "currency": "USD", "as-of": "2026-11-23", "source": "the vendor's page",
  "models": {
    "gpt-5.2": {"input": 1.75, "cached-input": 0.175, "output": 14},
    "plain": {"input": 2, "output": 10}
  }
})";

TEST(PriceList, CountsWhatIsCachedAtItsOwnPrice) {
  const auto list = read_price_list(kList);
  EXPECT_EQ(list.currency(), "USD");
  const auto cost =
      list.cost("gpt-5.2", {.input = 1'000'000, .cached_input = 400'000, .output = 100'000});
  ASSERT_TRUE(cost);
  EXPECT_DOUBLE_EQ(*cost, 0.6 * 1.75 + 0.4 * 0.175 + 0.1 * 14);
}

TEST(PriceList, AModelWithoutADiscountHasNone) {
  const auto list = read_price_list(kList);
  EXPECT_DOUBLE_EQ(
      list.cost("plain", {.input = 500'000, .cached_input = 500'000, .output = 0}).value(), 1.0);
}

TEST(PriceList, MoreCachedThanAskedIsAllOfIt) {
  const auto list = read_price_list(kList);
  EXPECT_DOUBLE_EQ(
      list.cost("gpt-5.2", {.input = 1'000'000, .cached_input = 9'000'000, .output = 0}).value(),
      0.175);
}

TEST(PriceList, ADatedVersionCostsWhatItsModelCosts) {
  const auto list = read_price_list(kList);
  EXPECT_NE(list.find("gpt-5.2-2025-12-11"), nullptr);
  for (const char* other :
       {"gpt-5.2-pro", "gpt-5.2-2025-12-1", "gpt-5", "", "-2025-12-11", "gpt-5.2-2025x12-11"})
    EXPECT_EQ(list.find(other), nullptr) << other;
  EXPECT_FALSE(list.cost("gpt-5", {.input = 1}));
}

TEST(PriceList, SaysWhereAMistakeIs) {
  const struct {
    const char* json;
    const char* what;
    std::size_t line, column;
  } cases[] = {
      {"[]", "a price list is a JSON object", 1, 1},
      {R"({"models": {}})", "\"currency\" is missing", 1, 1},
      {R"({"currency": "", "models": {}})", "\"currency\": it is empty", 1, 14},
      {R"({"currency": 3, "models": {}})", "\"currency\": it must be a string, not a number", 1,
       14},
      {R"({"currency": "USD"})", "\"models\" is missing", 1, 1},
      {R"({"currency": "USD", "models": []})", "\"models\": it must be an object", 1, 31},
      {"{\"currency\": \"USD\",\n \"models\": {\"a\": {\"input\": 1}}}",
       "\"models.a\": the price \"output\" is missing", 2, 18},
      {R"({"currency": "USD", "models": {"a": {"input": -1, "output": 1}}})",
       "\"models.a.input\": a price per million", 1, 47},
      {R"({"currency": "USD", "models": {"a": {"input": 1, "output": "2"}}})",
       "\"models.a.output\": it must be a number", 1, 60},
      {R"({"currency": "USD", "models": {"a": {"input": 1, "outputs": 2}}})",
       "\"models.a.outputs\": there is no such member; there are input", 1, 50},
      {R"({"currency": "USD", "model": {}})", "\"model\": there is no such member", 1, 21},
      {R"({"currency": "USD", "models": {"": {}}})", "a model has a name", 1, 32},
      {R"({"currency": "USD", "as-of": 2026, "models": {}})", "\"as-of\": it must be a string", 1,
       30},
  };
  for (const auto& one : cases) {
    try {
      read_price_list(one.json);
      ADD_FAILURE() << one.json;
    } catch (const PositionedError& mistake) {
      EXPECT_THAT(mistake.what(), HasSubstr(one.what)) << one.json;
      EXPECT_EQ(mistake.where().line, one.line) << one.json;
      EXPECT_EQ(mistake.where().column, one.column) << one.json;
    }
  }
}

}  // namespace
