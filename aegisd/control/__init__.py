"""The control socket: Varlink over a Unix socket. `HANDLERS` says who answers which method; a verb is a line here.

`operator` marks what only operators may do, `attempt` what the program of an attempt may do too that shows its token,
`stream` what answers more than once and must be called with `more`.
"""

from typing import Final

from aegisd.control import service
from aegisd.control.call import Handler
from aegisd.control.handlers.cancel_run import cancel_run
from aegisd.control.handlers.count_events import count_events
from aegisd.control.handlers.decide_approval import decide_approval
from aegisd.control.handlers.delete_artifact import delete_artifact
from aegisd.control.handlers.deliveries import get_delivery, list_deliveries, replay_delivery
from aegisd.control.handlers.diagnose import diagnose
from aegisd.control.handlers.drain import drain
from aegisd.control.handlers.emit_event import emit_event
from aegisd.control.handlers.explain_run import explain_run
from aegisd.control.handlers.find_run import find_run
from aegisd.control.handlers.get_artifact import get_artifact
from aegisd.control.handlers.get_definition import get_definition
from aegisd.control.handlers.get_page import get_page
from aegisd.control.handlers.get_result import get_result
from aegisd.control.handlers.get_run import get_run
from aegisd.control.handlers.get_status import get_status
from aegisd.control.handlers.get_trace import get_trace
from aegisd.control.handlers.get_usage import get_usage
from aegisd.control.handlers.list_approvals import list_approvals
from aegisd.control.handlers.list_artifacts import list_artifacts
from aegisd.control.handlers.list_events import list_events
from aegisd.control.handlers.list_executors import list_executors
from aegisd.control.handlers.list_runs import list_runs
from aegisd.control.handlers.list_services import list_services
from aegisd.control.handlers.list_step_types import list_step_types
from aegisd.control.handlers.list_subscriptions import list_subscriptions
from aegisd.control.handlers.list_triggers import list_triggers
from aegisd.control.handlers.list_workflows import list_workflows
from aegisd.control.handlers.outgoing import follow_outgoing, get_outgoing, list_outgoing
from aegisd.control.handlers.plan_workflow import plan_workflow
from aegisd.control.handlers.put_artifact import put_artifact
from aegisd.control.handlers.read_artifact import read_artifact
from aegisd.control.handlers.read_logs import read_logs
from aegisd.control.handlers.redeliver import redeliver
from aegisd.control.handlers.reload import reload
from aegisd.control.handlers.retry_run import retry_run
from aegisd.control.handlers.show_config import show_config
from aegisd.control.handlers.start_run import start_run
from aegisd.control.handlers.tail_events import tail_events
from aegisd.control.handlers.tokens import list_tokens, new_token, revoke_token
from aegisd.control.handlers.undrain import undrain
from aegisd.control.handlers.webhooks import disable_webhook, enable_webhook, list_webhooks, test_webhook

HANDLERS: Final = {
    "org.varlink.service.GetInfo": Handler(service.get_info),
    "org.varlink.service.GetInterfaceDescription": Handler(service.get_interface_description),
    "io.aegisd.Control.GetStatus": Handler(get_status),
    "io.aegisd.Control.ListWorkflows": Handler(list_workflows),
    "io.aegisd.Control.ListTriggers": Handler(list_triggers),
    "io.aegisd.Control.ListDeliveries": Handler(list_deliveries),
    "io.aegisd.Control.GetDelivery": Handler(get_delivery, operator=True),
    "io.aegisd.Control.ReplayDelivery": Handler(replay_delivery, operator=True),
    "io.aegisd.Control.PlanWorkflow": Handler(plan_workflow),
    "io.aegisd.Control.StartRun": Handler(start_run, operator=True),
    "io.aegisd.Control.RetryRun": Handler(retry_run, operator=True),
    "io.aegisd.Control.CancelRun": Handler(cancel_run, operator=True),
    "io.aegisd.Control.FindRun": Handler(find_run),
    "io.aegisd.Control.ListRuns": Handler(list_runs),
    "io.aegisd.Control.GetRun": Handler(get_run),
    "io.aegisd.Control.ExplainRun": Handler(explain_run),
    "io.aegisd.Control.ReadLogs": Handler(read_logs, stream=True),
    "io.aegisd.Control.TailEvents": Handler(tail_events, stream=True),
    "io.aegisd.Control.GetDefinition": Handler(get_definition),
    "io.aegisd.Control.ListArtifacts": Handler(list_artifacts),
    "io.aegisd.Control.GetArtifact": Handler(get_artifact),
    "io.aegisd.Control.ReadArtifact": Handler(read_artifact, stream=True),
    "io.aegisd.Control.PutArtifact": Handler(put_artifact, operator=True, attempt=True),
    "io.aegisd.Control.DeleteArtifact": Handler(delete_artifact, operator=True, attempt=True),
    "io.aegisd.Control.ListEvents": Handler(list_events),
    "io.aegisd.Control.CountEvents": Handler(count_events),
    "io.aegisd.Control.GetUsage": Handler(get_usage),
    "io.aegisd.Control.ListSubscriptions": Handler(list_subscriptions),
    "io.aegisd.Control.Reload": Handler(reload, operator=True),
    "io.aegisd.Control.Drain": Handler(drain, operator=True),
    "io.aegisd.Control.Undrain": Handler(undrain, operator=True),
    "io.aegisd.Control.EmitEvent": Handler(emit_event, operator=True, attempt=True),
    "io.aegisd.Control.ShowConfig": Handler(show_config),
    "io.aegisd.Control.ListTokens": Handler(list_tokens, operator=True),
    "io.aegisd.Control.NewToken": Handler(new_token, operator=True),
    "io.aegisd.Control.RevokeToken": Handler(revoke_token, operator=True),
    "io.aegisd.Control.Diagnose": Handler(diagnose),
    "io.aegisd.Control.ListWebhooks": Handler(list_webhooks),
    "io.aegisd.Control.TestWebhook": Handler(test_webhook, operator=True),
    "io.aegisd.Control.EnableWebhook": Handler(enable_webhook, operator=True),
    "io.aegisd.Control.DisableWebhook": Handler(disable_webhook, operator=True),
    "io.aegisd.Control.ListOutgoing": Handler(list_outgoing),
    "io.aegisd.Control.GetOutgoing": Handler(get_outgoing, operator=True),
    "io.aegisd.Control.FollowOutgoing": Handler(follow_outgoing, stream=True),
    "io.aegisd.Control.Redeliver": Handler(redeliver, operator=True),
    "io.aegisd.Control.ListServices": Handler(list_services),
    "io.aegisd.Control.ListExecutors": Handler(list_executors),
    "io.aegisd.Control.ListStepTypes": Handler(list_step_types),
    "io.aegisd.Control.ListApprovals": Handler(list_approvals),
    "io.aegisd.Control.DecideApproval": Handler(decide_approval, operator=True),
    "io.aegisd.Control.GetResult": Handler(get_result),
    "io.aegisd.Control.GetTrace": Handler(get_trace),
    "io.aegisd.Control.GetPage": Handler(get_page),
}
