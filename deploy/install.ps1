<#
.SYNOPSIS
Installs Session Recorder on a Windows image builder, WorkSpace or instance. Run it as Administrator.
.DESCRIPTION
Run again with a newer archive, it upgrades, and running recordings go on. It downloads nothing: ffmpeg, and PsExec if it is
to be used, are given by path.
.EXAMPLE
.\install.ps1 -Platform appstream -Archive .\session-recorder-0.1.0-win-x64.zip -Configuration .\recorder.json -Ffmpeg 'C:\Program Files\ffmpeg\bin\ffmpeg.exe'
#>
param(
    [Parameter(Mandatory)] [ValidateSet('appstream', 'workspaces', 'ec2')] [string] $Platform,
    [Parameter(Mandatory)] [string] $Archive,
    [Parameter(Mandatory)] [string] $Configuration,
    [string] $Ffmpeg,
    [string] $PsExec,
    [switch] $Pools,
    [switch] $Service,
    [switch] $DryRun
)
$ErrorActionPreference = 'Stop'

$identity = [Security.Principal.WindowsPrincipal] [Security.Principal.WindowsIdentity]::GetCurrent()
if (-not $identity.IsInRole([Security.Principal.WindowsBuiltInRole]::Administrator)) {
    throw 'Run this in a PowerShell that was opened with "Run as administrator".'
}

# What runs as administrator must lie where administrators alone can write: a folder of its own below Program Files.
$unpacked = Join-Path $env:ProgramFiles ('SessionRecorder-' + [guid]::NewGuid().ToString('N'))
try {
    Expand-Archive -LiteralPath $Archive -DestinationPath $unpacked
    $given = Join-Path $unpacked 'recorder.given.json'
    $program = Get-ChildItem -LiteralPath $unpacked -Recurse -Filter 'session-recorder.exe' | Select-Object -First 1
    if ($null -eq $program) { throw "There is no session-recorder.exe in $Archive." }
    if ($program.DirectoryName -eq $unpacked) {
        # The archive has no folder of its own: what is beside the program would be installed with it.
        $given = Join-Path $env:ProgramFiles ('SessionRecorder-' + [guid]::NewGuid().ToString('N') + '.json')
    }
    Copy-Item -LiteralPath $Configuration -Destination $given

    $arguments = @('install', $Platform, '--config', $given)
    if ($Ffmpeg) { $arguments += @('--ffmpeg', $Ffmpeg) }
    if ($PsExec) { $arguments += @('--psexec', $PsExec) }
    if ($Pools) { $arguments += '--pools' }
    if ($Service) { $arguments += '--service' }
    if ($DryRun) { $arguments += '--dry-run' }
    & $program.FullName @arguments
    if ($LASTEXITCODE -ne 0) { throw "session-recorder install ended with exit code $LASTEXITCODE." }
}
finally {
    Remove-Item -LiteralPath $unpacked -Recurse -Force -ErrorAction SilentlyContinue
    if ($given) { Remove-Item -LiteralPath $given -Force -ErrorAction SilentlyContinue }
}
