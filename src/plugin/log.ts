// Where the plugin's parts write their log: one line a message, told by the host.

export interface PluginLog {
  info(message: string): void;
  warn(message: string): void;
  error(message: string): void;
}
