using SessionRecorder.PsExecStandIn;

return StandIn.Run(args);
