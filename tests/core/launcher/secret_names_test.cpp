#include "scenario/core/secret_names.hpp"

#include <gtest/gtest.h>

TEST(SecretNamesTest, ByTheWordsOfTheName) {
  for (const char* name : {"TWILIO_AUTH_TOKEN", "OPENAI_API_KEY", "token", "DB_PASSWORD_2",
                           "CLIENT_SECRET", "MY_APIKEY", "GOOGLE_APPLICATION_CREDENTIALS"})
    EXPECT_TRUE(jackfield::looks_secret(name)) << name;
  for (const char* name :
       {"", "_", "PATH", "MONKEY", "KEYBOARD", "TOKENS", "SSH_AUTH_SOCK", "HOME"})
    EXPECT_FALSE(jackfield::looks_secret(name)) << name;
}
