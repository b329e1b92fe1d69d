// A pipeline with a call in it, and Twilio's end of that call.
#pragma once

#include <gst/gst.h>
#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <vector>

#include "gstpp.hpp"
#include "twilio_peer.hpp"

using namespace std::chrono_literals;
using test_support::TwilioPeer;
using test_support::WebSocketClient;

class CallTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() { gst_init(nullptr, nullptr); }

  void TearDown() override { stop(); }

  // Parses a description; `src` and `sink` are the names looked up.
  void launch(const std::string& description) {
    gstpp::ErrorPtr error;
    pipeline_.reset(GST_ELEMENT(
        gst_object_ref_sink(gst_parse_launch(description.c_str(), gstpp::OutPtr{error}))));
    ASSERT_FALSE(error) << error->message;
    src_.reset(gst_bin_get_by_name(GST_BIN(pipeline_.get()), "src"));
    sink_.reset(gst_bin_get_by_name(GST_BIN(pipeline_.get()), "sink"));
    bus_.reset(gst_element_get_bus(pipeline_.get()));
  }

  // Gives twiliosrc one end of a connection, and starts.
  void connect() {
    const auto pair = test_support::connect_pair();
    g_object_set(src_.get(), "connection", pair.server, nullptr);
    g_object_unref(pair.server);
    peer_ = std::make_unique<TwilioPeer>(std::make_unique<WebSocketClient>(pair.client));
  }
  void play() {
    ASSERT_NE(gst_element_set_state(pipeline_.get(), GST_STATE_PLAYING), GST_STATE_CHANGE_FAILURE);
  }
  void begin_call(const std::string& description) {
    launch(description);
    connect();
    play();
    peer_->send_connected();
    peer_->send_start();
  }

  void stop() {
    if (pipeline_) gst_element_set_state(pipeline_.get(), GST_STATE_NULL);
  }

  // Runs the peer until an element message of that name (or, for "eos", EOS) is on the bus.
  gstpp::MessagePtr wait_for(const char* name, std::chrono::milliseconds timeout = 10s) {
    gstpp::MessagePtr found;
    const auto take = [&] {
      while (!found) {
        gstpp::MessagePtr message{gst_bus_pop(bus_.get())};
        if (!message) return false;
        if (GST_MESSAGE_TYPE(message.get()) == GST_MESSAGE_EOS && std::string(name) == "eos") {
          found = std::move(message);
        } else if (GST_MESSAGE_TYPE(message.get()) == GST_MESSAGE_ELEMENT &&
                   gst_message_has_name(message.get(), name)) {
          found = std::move(message);
        } else if (GST_MESSAGE_TYPE(message.get()) == GST_MESSAGE_ERROR) {
          gstpp::ErrorPtr error;
          gst_message_parse_error(message.get(), gstpp::OutPtr{error}, nullptr);
          ADD_FAILURE() << error->message;
        }
      }
      return true;
    };
    if (peer_ && !peer_->client().eof()) peer_->run(timeout, take);
    // The peer may see the end of the connection before the message is posted.
    for (int i = 0; i < 500 && !found && !take(); ++i) g_usleep(10'000);
    return found;
  }

  static std::string field(const gstpp::MessagePtr& message, const char* name) {
    return message ? gstpp::get_string(gst_message_get_structure(message.get()), name) : "";
  }

  guint64 stat(const gstpp::ElementPtr& element, const char* name) {
    GstStructure* stats = nullptr;
    g_object_get(element.get(), "stats", &stats, nullptr);
    guint64 value = G_MAXUINT64;
    EXPECT_TRUE(gst_structure_get_uint64(stats, name, &value)) << name;
    gst_structure_free(stats);
    return value;
  }
  bool own_task() {
    GstStructure* stats = nullptr;
    g_object_get(src_.get(), "stats", &stats, nullptr);
    const bool task = gstpp::get_bool(stats, "own-task", false);
    gst_structure_free(stats);
    return task;
  }

  // Some audio that is neither silent nor periodic.
  static std::string noise(size_t size, unsigned seed = 1) {
    std::string bytes(size, 0);
    for (char& byte : bytes) {
      seed = seed * 1664525 + 1013904223;
      byte = static_cast<char>(seed >> 24 & 0xbf);  // loud
    }
    return bytes;
  }

  // The order of destruction: the peer last.
  std::unique_ptr<TwilioPeer> peer_;
  gstpp::BusPtr bus_;
  gstpp::ElementPtr src_;
  gstpp::ElementPtr sink_;
  gstpp::ElementPtr pipeline_;
};
