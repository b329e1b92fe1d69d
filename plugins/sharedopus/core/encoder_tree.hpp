// Who has to encode, and who can take what another has encoded.
//
// Every listener's decoder stands at a node: the state that its encoder had after the last packet
// it was sent. The next packet is made from that state and the next frame of samples. Listeners at
// the same node who are given the same frame go on to the same node, which one of them encodes.
// Those who are given something else branch off with a copy of the state, and their decoders notice
// nothing. A branch whose last frames have been the same as another's joins that one: both decoders
// have been told of the same sounds by then, and what is heard of the change lies below the noise
// of coding (kOverlap).
//
// Pure. One thread at a time, but for Node::encode().
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <memory>
#include <span>
#include <unordered_map>
#include <utility>
#include <vector>

#include "encoder_state.hpp"
#include "frame_cutter.hpp"

namespace sharedopus {

class EncoderTree {
 public:
  // Frames that two branches have encoded both before the smaller one joins the other.
  static constexpr std::size_t kOverlap = 4;

  class Node;
  using NodePtr = std::shared_ptr<Node>;

 private:
  struct Frame;
  struct Lineage;

 public:
  // One listener. Given back to its tree with leave().
  struct Member {
    NodePtr node;  // null: hears nothing yet
  };

  class Node {
   public:
    Node(EncoderTree& tree, std::unique_ptr<EncoderState> state);
    ~Node();
    Node(const Node&) = delete;
    Node& operator=(const Node&) = delete;

    // The work of whoever was told to by next(), without the tree's lock; then done().
    void encode(std::span<const std::byte> samples) noexcept;
    bool is_done() const { return done_; }
    // From then on:
    const std::vector<std::uint8_t>& packet() const { return packet_; }
    int error() const { return error_; }  // of libopus, 0: none

   private:
    friend class EncoderTree;

    EncoderTree& tree_;
    std::unique_ptr<EncoderState> state_;  // after packet_
    NodePtr parent_;                       // until it is done
    std::shared_ptr<Lineage> lineage_;
    std::shared_ptr<Frame> frame_;  // null: nobody else can have it
    Controls controls_;
    std::vector<std::weak_ptr<Node>> children_;
    std::array<std::uint64_t, kOverlap> recent_{};  // the last frames; 0: none, or its alone
    std::vector<std::uint8_t> packet_;
    int error_ = 0;
    bool done_ = false;
  };

  // `history`: frames for which what was encoded is kept for those who are late.
  EncoderTree(const Format& format, std::size_t history);
  ~EncoderTree();
  EncoderTree(const EncoderTree&) = delete;
  EncoderTree& operator=(const EncoderTree&) = delete;

  struct Next {
    NodePtr node;
    bool encode = false;  // by whoever asked; else it is done, or another is at it
  };
  // The node of `frame`; the member stands there from now on. Its own last one must be done.
  Next next(Member& member, const CutFrame& frame, const Controls& controls);
  void done(Node& node);
  void leave(Member& member);

  int lookahead() const { return lookahead_; }  // samples at the format's rate
  std::uint64_t encoded() const { return encoded_; }
  // What is alive, for tests and statistics.
  std::size_t nodes() const { return node_count_; }
  std::size_t frames() const { return frames_.size(); }

  // References that are no longer needed, to be dropped where no lock is held.
  std::vector<Hold> take_dropped() { return std::exchange(dropped_, {}); }

 private:
  struct FrameKey {
    struct Part {
      const void* memory;
      std::size_t offset, bytes;
      bool operator==(const Part&) const = default;
    };
    std::vector<Part> parts;
    Controls controls;
    bool operator==(const FrameKey&) const = default;
  };
  struct FrameHash {
    std::size_t operator()(const FrameKey& key) const;
  };
  // What several may be given.
  struct Frame {
    std::uint64_t serial = 0;
    const FrameKey* key = nullptr;  // in frames_
    std::vector<Hold> holds;        // so that no other samples come to lie there
    std::vector<Node*> nodes;       // that encoded it
  };
  // A line of nodes, the branches apart.
  struct Lineage {
    std::uint64_t id = 0;
    std::size_t members = 0;
    std::deque<NodePtr> kept;  // the last nodes
  };

  std::shared_ptr<Frame> frame_of(const CutFrame& cut, const Controls& controls);
  void move(Member& member, const NodePtr& to);
  void join_another(Member& member);
  static NodePtr child_of(const Node& node, const Frame* frame);
  NodePtr make_child(const NodePtr& parent, std::shared_ptr<Frame> frame, const Controls& controls);
  std::unique_ptr<EncoderState> new_state();
  void forget(Node& node);

  const Format format_;
  const std::size_t history_;
  int lookahead_ = 0;
  std::uint64_t encoded_ = 0;
  std::uint64_t next_serial_ = 1, next_lineage_ = 1;
  std::size_t node_count_ = 0;
  std::vector<Hold> dropped_;
  std::vector<std::unique_ptr<EncoderState>> free_states_;
  std::unordered_map<FrameKey, std::weak_ptr<Frame>, FrameHash> frames_;
  FrameKey looked_for_;
  NodePtr root_;  // before the first frame
};

}  // namespace sharedopus
