"""pipelines/phone-realtime.gst with an agentbrain around its stage, which has tools."""
import pathlib

SOURCE = pathlib.Path(__file__).resolve().parent.parent.parent


def pipeline_with_tools(tools, brain=""):
    """The text of it; `tools` is a file, `brain` further properties of agentbrain."""
    before, after = (SOURCE / "pipelines/phone-realtime.gst").read_text().split("caller. ! openairealtime", 1)
    stage, after = after.split("! tee name=voice", 1)
    # As a description within a description. On a busy machine nothing is given up.
    inner = ("openairealtime think-timeout=100000000000 " + " ".join(stage.split())).replace('"', '\\"')
    return f'{before}caller. ! agentbrain {brain} tools="{tools}" realtime="{inner}" ! tee name=voice{after}'
